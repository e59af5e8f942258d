import { knownBounds } from "@invertible/bijection";
import type { LipschitzControl } from "@invertible/bijection";
import {
  add,
  clone,
  dispose,
  div,
  keep,
  mean,
  mul,
  reshape,
  scalar,
  slice,
  sub,
  tidy,
} from "@invertible/ops";
import type { Mutant } from "../mutant.ts";
import { altered } from "../sound/altered.ts";

const refreshing = (refresh: () => Promise<void>): LipschitzControl => ({
  ...knownBounds(() => ({ forward: Infinity, inverse: Infinity })),
  refresh,
});

/** Defects of what calls and events leave behind: changed variables and tensors. */
export const stateMutants: readonly Mutant[] = [
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
          const start = tidy(() => div(slice(mean(x, 0), [0], [2]), mean(sub(x, x))));
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
