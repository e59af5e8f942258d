import { defineBijection } from "@invertible/bijection";
import {
  add,
  clone,
  concat,
  dispose,
  exp,
  keep,
  mul,
  neg,
  scalar,
  stopGradient,
  sub,
  sum,
  tensor,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Tensor, Variable } from "@invertible/ops";
import { altered } from "../sound/altered.ts";
import { soundEnforced } from "../sound/sound-enforced.ts";
import { soundIterative } from "../sound/sound-iterative.ts";
import type { Mutant } from "../mutant.ts";

/** What a variable was at the first call minus what it is, without a gradient. */
function sinceFirst(variable: Variable): () => Tensor {
  let first: Tensor | undefined;
  return () => stopGradient(sub((first ??= keep(clone(variable))), variable));
}

/** Caches that are filled once, and variables that are read once. */
export const staleMutants: readonly Mutant[] = [
  {
    defect: "forward keeps the shift of its first call",
    law: "new weights",
    says: "forward's value after new values were assigned",
    factory: altered((sound) => {
      const stale = sinceFirst(sound.variables.shift);
      return {
        forward(x, call) {
          const { y, logDet } = sound.forward(x, call);
          return { y: add(y, concat([zeros([2]), stale()])), logDet };
        },
      };
    }),
  },
  {
    defect: "the inverse keeps the shift of its first call",
    law: "new weights",
    says: "inverse's value after new values were assigned",
    factory: altered((sound) => {
      const stale = sinceFirst(sound.variables.shift);
      return { inverse: (y, call) => sound.inverse(sub(y, concat([zeros([2]), stale()])), call) };
    }),
  },
  {
    defect: "the log-det is that of the first call's weights",
    law: "new weights",
    says: "forward's log-det after new values were assigned",
    factory: altered((sound) => {
      const stale = sinceFirst(sound.variables.logScale);
      return {
        forward(x, call) {
          const { y, logDet } = sound.forward(x, call);
          return { y, logDet: () => add(logDet(), sum(stale())) };
        },
      };
    }),
  },
  {
    defect: "the solver keeps the phase of its first call",
    law: "new weights",
    says: "solveInverse's x after new values were assigned",
    factory: () => {
      const sound = soundIterative();
      const phase = sound.parameters!["phase"]!;
      let first: number[] | undefined;
      return defineBijection({
        ...sound,
        solver: {
          ...sound.solver,
          async solve(y, call, options) {
            const now = Array.from(await phase.data());
            first ??= now;
            const put = (values: number[]) => {
              const value = tensor(values);
              phase.assign(value);
              dispose(value);
            };
            put(first);
            try {
              return await sound.solver.solve(y, call, options);
            } finally {
              put(now);
            }
          },
        },
      });
    },
  },
  {
    defect: "the certificate is that of the first proof",
    law: "new weights",
    says: "certify after new values were assigned",
    factory: () => {
      const sound = soundEnforced();
      let first: ReturnType<typeof sound.lipschitz.certify> | undefined;
      return defineBijection({
        ...sound,
        lipschitz: { ...sound.lipschitz, certify: () => (first ??= sound.lipschitz.certify()) },
      });
    },
  },
  {
    defect: "refresh works once",
    law: "new weights",
    says: "size: expected refresh to do the same in a bijection that was used before",
    factory: altered((sound) => {
      const size = tidy(() => variable(scalar(1), false));
      let done = false;
      const { shift } = sound.variables;
      return {
        state: { ...sound.state, size },
        forward: (x, call) => ({
          ...sound.forward(x, call),
          y: add(sound.forward(x, call).y, size),
        }),
        inverse: (y, call) => sound.inverse(sub(y, size), call),
        lipschitz: {
          certify: async () => ({ forward: Infinity, inverse: Infinity }),
          enforce: async () => undefined,
          async refresh() {
            if (done) return;
            done = true;
            const norm: ReturnType<typeof scalar> = tidy(() => sum(mul(shift, shift)));
            size.assign(norm);
            dispose(norm);
          },
        },
      };
    }),
  },
  {
    defect: "a state variable is read at the first call only",
    law: "new weights",
    says: "after new values were",
    factory: altered((sound) => {
      const factor = tidy(() => variable(scalar(0.2), false));
      let first: Tensor | undefined;
      const now = () => (first ??= keep(clone(factor)));
      return {
        state: { ...sound.state, factor },
        forward: (x, call) => sound.forward(mul(x, exp(now())), call),
        inverse(y, call) {
          const { x, logDet } = sound.inverse(y, call);
          return { x: mul(x, exp(neg(now()))), logDet };
        },
        starter: {
          async start() {
            const started = scalar(0.4);
            factor.assign(started);
            dispose(started);
          },
        },
      };
    }),
  },
];
