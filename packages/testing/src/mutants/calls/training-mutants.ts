import { add, keep, mean, mul, onesLike, replaceGradient, stopGradient, sub } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import type { Mutant } from "../mutant.ts";

/** Defects that show in training only. */
export const trainingMutants: readonly Mutant[] = [
  {
    defect: "in training the value is shifted",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(call.training ? add(x, 1e-3) : x, call),
    })),
  },
  {
    defect: "in training the value is not a number",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(call.training ? mul(x, NaN) : x, call),
    })),
  },
  {
    defect: "in training examples are centred by their batch",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(call.training ? sub(x, mean(x, 0)) : x, call),
    })),
  },
  {
    defect: "in training the value depends on the key",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: altered((sound) => ({
      forward: (x, call) =>
        sound.forward(call.training ? add(x, mul(call.random.normal(x.shape), 1e-2)) : x, call),
    })),
  },
  {
    defect: "a counter of training calls changes the value",
    law: "training",
    says: "forward's value in training: expected the same bits in call 6",
    factory: altered((sound) => {
      let calls = 0;
      return {
        forward(x, call) {
          if (call.training) calls++;
          return sound.forward(call.training && calls > 7 ? mul(x, 1.01) : x, call);
        },
      };
    }),
  },
  {
    defect: "training calls change what evaluation gives later",
    law: "training",
    says: "forward's value in evaluation: expected the same bits after calls in training",
    factory: altered((sound) => {
      let calls = 0;
      return {
        forward(x, call) {
          if (call.training) calls++;
          return sound.forward(!call.training && calls > 0 ? mul(x, 1.01) : x, call);
        },
      };
    }),
  },
  {
    defect: "in training the inverse is another",
    law: "training",
    says: "inverse's value in training: expected that of evaluation",
    factory: altered((sound) => ({
      inverse: (y, call) => sound.inverse(call.training ? mul(y, 1.01) : y, call),
    })),
  },
  {
    defect: "in training the value is detached from the gradient",
    law: "gradients",
    says: "gradient of logScale in training",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        return { y: call.training ? stopGradient(y) : y, logDet };
      },
    })),
  },
  {
    defect: "in training the log-det's gradient is that of another example",
    law: "gradients",
    says: "gradient of weight in training",
    factory: altered((sound) => ({
      forward(x, call) {
        const { y, logDet } = sound.forward(x, call);
        const mixed = () => replaceGradient(logDet(), (dy) => mul(onesLike(dy), mean(dy)));
        return { y, logDet: call.training ? mixed : logDet };
      },
    })),
  },
  {
    defect: "training keeps a tensor",
    law: "no leaks",
    says: "forward in training: expected no tensor left",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(call.training ? keep(mul(x, 1)) : x, call),
    })),
  },
];
