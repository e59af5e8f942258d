import { defineBijection } from "@invertible/bijection";
import { abs, add, cast, exp, greater, log, mean, mul, neg, sub, sum } from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { altered } from "../sound/altered.ts";
import { soundCoupling } from "../sound/sound-coupling.ts";

/** Defects of values: inverses and randomness. */
export const valueMutants: readonly Mutant[] = [
  {
    defect: "the inverse forgets the shift",
    law: "round trip",
    says: "inverse(forward(x)), a batch of 4: expected an error",
    factory: altered((sound) => ({
      inverse: (y) => sound.inverse(add(y, [0, 0, 0, 1e-2]), undefined as never),
    })),
  },
  {
    defect: "the inverse is right for small values only",
    law: "round trip",
    says: "inverse(forward(x)), tail 0: expected an error",
    factory: altered((sound) => ({
      inverse: (y, call) => {
        const { x, logDet } = sound.inverse(y, call);
        return { x: add(x, mul(cast(greater(x, 8), "float32"), 0.5)), logDet };
      },
    })),
  },
  {
    defect: "solveInverse is another function than inverse",
    law: "round trip",
    says: "solveInverse(forward(x)), a batch of 4: expected an error",
    factory: altered((sound) => ({
      solver: {
        methods: ["other"],
        solve: async (y, call) => ({ x: add(sound.inverse(y, call).x, 1e-2), evidence: [] }),
      },
    })),
  },
  {
    defect: "the inverse of the range only: forward never gives a negative number",
    law: "inverse round trip",
    says: "forward(inverse(y)), a batch of 4: expected an error",
    factory: () =>
      defineBijection({
        name: "positive",
        inputShape: [2],
        outputShape: [2],
        config: {},
        forward: (x) => ({ y: exp(x), logDet: () => sum(x, 1) }),
        inverse: (y) => ({ x: log(abs(y)), logDet: () => neg(sum(log(abs(y)), 1)) }),
      }),
    options: { tails: [] },
  },
  {
    defect: "examples are normalised by their batch",
    law: "independent examples",
    says: "forward's value: expected the same alone and among others",
    factory: altered((sound) => ({ forward: (x, call) => sound.forward(sub(x, mean(x, 0)), call) })),
  },
  {
    defect: "the value differs when no log-det is asked for",
    law: "value alone",
    says: "forward: expected the same bits with and without a log-det",
    factory: altered((sound) => ({ forwardOnly: (x, call) => sound.forward(mul(x, 1.000001), call).y })),
  },
  {
    defect: "hidden randomness: every call is a little different",
    law: "determinism",
    says: "forward's value: expected the same bits again",
    factory: () => {
      const sound = soundCoupling();
      let calls = 0;
      return defineBijection({
        ...sound,
        forward: (x, call) => sound.forward(add(x, 1e-5 * ++calls), call),
      });
    },
  },
  {
    defect: "the value depends on the key, undeclared",
    law: "keys",
    says: "forward's value: expected no dependence on the key",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(add(x, mul(call.random.normal(x.shape), 1e-5)), call),
    })),
  },
  {
    defect: "declared random, but is not",
    law: "keys",
    says: "forward's value: expected it to depend on the key, as declared",
    factory: altered(() => ({})),
    options: { stochastic: true },
  },
];
