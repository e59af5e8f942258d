import { defineBijection, knownBounds } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { UnsupportedError } from "@invertible/errors";
import { add, clone, concat, mul, slice, stopGradient, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { injecting, soundInjective } from "../sound/sound-injective.ts";
import type { Mutant } from "../mutant.ts";

/** The finished layer with some of its methods replaced, past the checks of `defineBijection`. */
function overridden(change: (sound: Bijection) => Partial<Bijection>): Mutant["factory"] {
  return () => {
    const sound = defineBijection(soundInjective());
    return { ...sound, ...change(sound) };
  };
}

const part = (y: Tensor, begin: number, size: number) => slice(y, [0, begin], [y.shape[0]!, size]);

/** Defects of maps without a log-det, most of which give more numbers than they take. */
export const noLogDetMutants: readonly Mutant[] = [
  {
    defect: "the inverse of an injective map is a little too short",
    law: "round trip",
    says: "inverse(forward(x)), a batch of 4: expected an error",
    factory: injecting((sound) => ({ inverse: (y, call) => sound.inverse(mul(y, 0.999), call) })),
  },
  {
    defect: "an injective map appends other numbers when it is called again",
    law: "inverse round trip",
    says: "forward(inverse(y)), a batch of 4: expected an error",
    factory: injecting((sound) => {
      let calls = 0;
      return {
        forward(x, call) {
          const { y } = sound.forward(x, call);
          return { y: concat([part(y, 0, 3), add(part(y, 3, 2), ++calls)], 1) };
        },
      };
    }),
  },
  {
    defect: "the numbers that an injective map appends have no gradient",
    law: "gradients",
    says: "gradient of logScale, typical inputs: expected",
    factory: injecting((sound) => ({
      forward(x, call) {
        const { y } = sound.forward(x, call);
        return { y: concat([part(y, 0, 3), stopGradient(part(y, 3, 2))], 1) };
      },
    })),
  },
  {
    defect: "the constant of an injective map leaves the appended numbers out",
    law: "certificate",
    says: "expected forward's slope to be at most 1.5",
    factory: injecting(() => ({ lipschitz: knownBounds(() => ({ forward: 1.5, inverse: 1.5 })) })),
  },
  {
    defect: "a map without a log-det is another one in training",
    law: "training",
    says: "forward's value in training: expected that of evaluation",
    factory: injecting((sound) => ({
      forward: (x, call) => sound.forward(call.training ? mul(x, 1.01) : x, call),
    })),
  },
  {
    defect: "says that it has no log-det, and returns one",
    law: "no log-det",
    says: "forwardAndLogDet: expected an UnsupportedError, received a result",
    factory: overridden((sound) => ({
      forwardAndLogDet: (x, call) => ({ y: sound.forward(x, call), logDet: zeros([x.shape[0]!]) }),
    })),
  },
  {
    defect: "refuses a log-det by an error of no kind",
    law: "no log-det",
    says: "inverseAndLogDet: expected an UnsupportedError, received Error: no",
    factory: overridden(() => ({
      inverseAndLogDet() {
        throw new Error("no");
      },
    })),
  },
  {
    defect: "keeps a tensor when it refuses a log-det",
    law: "no log-det",
    says: "forwardAndLogDet: expected no tensor left, received 1",
    factory: overridden(() => ({
      forwardAndLogDet(x) {
        clone(x);
        throw new UnsupportedError("soundInjective: expected a layer with a log-det");
      },
    })),
  },
  {
    defect: "bounds the bias of a log-det that it does not have",
    law: "no log-det",
    says: "traits.logDetBias: expected 0 where there is no log-det, received 0.5",
    factory: injecting(() => ({ traits: { logDet: "none", logDetBias: 0.5 } })),
  },
];
