import { defineBijection } from "@invertible/bijection";
import { add, concat, mul, neg, reshape, slice, stopGradient, sub, sum, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { soundEstimated } from "../sound/sound-estimated.ts";
import { altered } from "../sound/altered.ts";

/** The value of every log-det with the gradient of the first example's weight for all. */
function weightedByFirstExample(logDet: Tensor): Tensor {
  const total = sum(logDet);
  const first = reshape(sub(total, stopGradient(total)), [1]);
  return add(stopGradient(logDet), concat([first, zeros([logDet.size - 1])]));
}

/** Defects of log-dets and gradients. */
export const logDetMutants: readonly Mutant[] = [
  {
    defect: "the log-det has the wrong sign",
    law: "log-det",
    says: "forward: expected",
    factory: altered((sound) => ({
      forward: (x, call) => ({
        y: sound.forward(x, call).y,
        logDet: () => neg(sound.logDet(sound.firstOfX(x))),
      }),
    })),
  },
  {
    defect: "the log-det misses the scale of the first half",
    law: "log-det",
    says: "forward: expected",
    factory: altered((sound) => ({
      forward: (x, call) => ({
        y: sound.forward(x, call).y,
        logDet: () => sub(sound.logDet(sound.firstOfX(x)), sum(sound.variables.logScale)),
      }),
    })),
  },
  {
    defect: "an estimate called unbiased is 10 % too large",
    law: "log-det",
    says: "forward, evaluation, example 0: expected",
    factory: () => defineBijection(soundEstimated({ factor: 1.1 })),
  },
  {
    defect: "an estimate is more biased than it claims",
    law: "log-det",
    says: "forward, evaluation, example 0: expected",
    factory: () =>
      defineBijection({ ...soundEstimated({ factor: 1.1 }), traits: { logDet: "biased", logDetBias: 0.01 } }),
  },
  {
    defect: "a biased estimate claims no bound",
    law: "log-det",
    says: "expected traits.logDetBias of soundEstimated to bound its biased log-det",
    factory: () => defineBijection({ ...soundEstimated(), traits: { logDet: "biased" } }),
  },
  {
    defect: "the log-det is right in evaluation only",
    law: "log-det",
    says: "forward, training, example 0: expected",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y, logDet: () => mul(logDet(), call.training ? 0.9 : 1) };
      },
    })),
  },
  {
    defect: "the inverse's log-det is that of forward",
    law: "inverse log-det",
    says: "inverse: expected",
    factory: altered((sound) => ({
      inverse: (y, call) => ({
        x: sound.inverse(y, call).x,
        logDet: () => sound.logDet(sound.firstOfY(y)),
      }),
    })),
  },
  {
    defect: "the inverse's log-det is taken at y instead of at x",
    law: "inverse log-det",
    says: "inverse: expected",
    factory: altered((sound) => ({
      inverse: (y, call) => ({
        x: sound.inverse(y, call).x,
        logDet: () => neg(sound.logDet(sound.firstOfX(y))),
      }),
    })),
  },
  {
    defect: "the log-dets of the two directions differ by a constant",
    law: "log-dets cancel",
    says: "example 0: expected 0 +-",
    factory: altered((sound) => ({
      inverse: (y, call) => ({
        x: sound.inverse(y, call).x,
        logDet: () => sub(0.01, sound.logDet(sound.firstOfY(y))),
      }),
    })),
  },
  {
    defect: "the log-det is detached from the gradient",
    law: "gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y, logDet: () => stopGradient(logDet()) };
      },
    })),
  },
  {
    defect: "the log-det's gradient uses the first example's weight for all",
    law: "gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y, logDet: () => weightedByFirstExample(logDet()) };
      },
    })),
  },
  {
    defect: "the value's gradient is 1 % too small",
    law: "gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y: add(mul(y, 0.99), mul(stopGradient(y), 0.01)), logDet };
      },
    })),
  },
  {
    defect: "the gradient of an estimated log-det is half its due, while its value is right",
    law: "gradients",
    says: "log-det gradient of logScale, evaluation: expected",
    factory: () => defineBijection(soundEstimated({ gradientFactor: 0.5 })),
  },
  {
    defect: "the inverse is detached from the gradient",
    law: "inverse gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: altered((sound) => ({
      inverse(y, call) {
        const { x, logDet } = sound.inverse(y, call);
        return { x: stopGradient(x), logDet };
      },
    })),
  },
  {
    defect: "a parameter does nothing",
    law: "live parameters",
    says: "parameter shift: expected a gradient other than zero",
    factory: altered((sound) => ({
      forward(x, call) {
        const { shift } = sound.variables;
        const { y, logDet } = sound.forward(x, call);
        return { y: sub(y, concat([zeros([2]), shift])), logDet };
      },
    })),
  },
  {
    defect: "only the first example reaches the backward pass",
    law: "gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        const [top, rest] = [slice(y, [0, 0], [1, 4]), slice(y, [1, 0], [y.shape[0]! - 1, 4])];
        return { y: concat([top, stopGradient(rest)], 0), logDet };
      },
    })),
  },
];
