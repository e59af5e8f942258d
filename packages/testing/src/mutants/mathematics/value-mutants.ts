import { defineBijection, knownBounds } from "@invertible/bijection";
import type { LipschitzControl } from "@invertible/bijection";
import {
  abs,
  add,
  clone,
  dispose,
  div,
  exp,
  keep,
  log,
  mean,
  mul,
  neg,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  tidy,
} from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { altered } from "../sound/altered.ts";
import { soundCoupling } from "../sound/sound-coupling.ts";

const refreshing = (refresh: () => Promise<void>): LipschitzControl => ({
  ...knownBounds(() => ({ forward: Infinity, inverse: Infinity })),
  refresh,
});

/** Defects of values: inverses, randomness, state. */
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
        return { x: add(x, mul(x.greater(8).toFloat(), 0.5)), logDet };
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
  {
    defect: "forward counts its calls in its state",
    law: "state",
    says: "calls: expected no call to change it",
    factory: altered((sound) => ({
      forward(x, call) {
        sound.variables.calls.assign(add(sound.variables.calls, 1));
        return sound.forward(x, call);
      },
    })),
  },
  {
    defect: "the inverse changes a parameter",
    law: "state",
    says: "shift: expected no call to change it",
    factory: altered((sound) => ({
      inverse(y, call) {
        sound.variables.shift.assign(mul(sound.variables.shift, 1.01));
        return sound.inverse(y, call);
      },
    })),
  },
  {
    defect: "the start divides by a deviation that may be zero",
    law: "initialise",
    says: "shift after initialise: expected finite numbers",
    factory: altered(({ variables: { shift } }) => ({
      starter: {
        async start(x) {
          const start = tidy(() => div(slice(mean(x, 0), [0], [2]), sub(x, x).mean()));
          shift.assign(start);
          dispose(start);
        },
      },
    })),
  },
  {
    defect: "refresh changes a parameter",
    law: "refresh",
    says: "parameter shift: expected refresh to leave it",
    factory: altered(({ variables: { shift } }) => ({
      lipschitz: refreshing(async () => {
        const moved = add(shift, 0.1);
        shift.assign(moved);
        dispose(moved);
      }),
    })),
  },
  {
    defect: "refresh fills state with NaN",
    law: "refresh",
    says: "calls: expected finite numbers after refresh",
    factory: altered(({ variables: { calls } }) => ({
      lipschitz: refreshing(async () => {
        const bad = scalar(NaN);
        calls.assign(bad);
        dispose(bad);
      }),
    })),
  },
  {
    defect: "refresh changes what only forward reads",
    law: "refresh",
    says: "inverse(forward(x)) after refresh: expected an error",
    factory: altered((sound) => ({
      forward: (x, call) => sound.forward(add(x, sound.variables.calls), call),
      lipschitz: refreshing(async () => {
        const one = scalar(1);
        sound.variables.calls.assign(one);
        dispose(one);
      }),
    })),
  },
  {
    defect: "forward keeps a tensor",
    law: "no leaks",
    says: "forward: expected no tensor left",
    factory: altered((sound) => ({ forward: (x, call) => sound.forward(keep(clone(x)), call) })),
  },
  {
    defect: "initialise keeps a tensor",
    law: "no leaks",
    says: "initialise: expected no tensor left",
    factory: altered(() => ({ starter: { start: async (x) => void reshape(x, [-1]) } })),
  },
  {
    defect: "initialise keeps a tensor the first time",
    law: "no leaks",
    says: "initialise: expected no tensor left",
    factory() {
      let started = false;
      return altered(() => ({
        starter: {
          async start(x) {
            if (!started) reshape(x, [-1]);
            started = true;
          },
        },
      }))();
    },
  },
  {
    defect: "refresh keeps a tensor",
    law: "no leaks",
    says: "refresh by iterations: expected no tensor left",
    factory: altered(() => ({ lipschitz: refreshing(async () => void scalar(1)) })),
  },
  {
    defect: "solveInverse keeps a tensor",
    law: "no leaks",
    says: "solveInverse, method by default, at most 10000 iterations: expected no tensor left",
    factory: altered((sound) => ({
      solver: {
        methods: ["other"],
        async solve(y, call) {
          const x = tidy(() => sound.inverse(y, call).x);
          clone(x);
          return { x, evidence: [] };
        },
      },
    })),
  },
];
