import { defineBijection } from "@invertible/bijection";
import type { Bijection, InverseEvidence, Solved } from "@invertible/bijection";
import { add, clone, dispose, isFiniteElementwise, mul, tidy, where, zerosLike } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { soundIterative } from "../sound/sound-iterative.ts";
import { solving } from "../sound/solving.ts";
import type { Mutant } from "../mutant.ts";

/** The sound solver with other evidence. */
function saying(change: (entry: InverseEvidence) => InverseEvidence): () => Bijection {
  return solving((solve) => async (y, call, options) => {
    const { x, evidence } = await solve(y, call, options);
    return { x, evidence: evidence.map(change) };
  });
}

/** All rows and the whole say the same. */
function everywhere(entry: InverseEvidence, said: Partial<InverseEvidence>): InverseEvidence {
  return { ...entry, ...said, rows: entry.rows.map((row) => ({ ...row, ...said })) };
}

const named = (solved: Solved, method: string): Solved => ({
  ...solved,
  evidence: solved.evidence.map((entry) => ({ ...entry, method })),
});

const hoard: Tensor[] = [];

/** Defects of iterative inverses and of what they say about themselves. */
export const evidenceMutants: readonly Mutant[] = [
  {
    defect: "it claims to have converged at the cap",
    law: "iteration cap",
    says: 'expected "converged" only with an error bound <=',
    factory: saying((entry) => everywhere(entry, { converged: true })),
  },
  {
    defect: "caps above 1 are ignored",
    law: "iteration cap",
    says: "expected at most 2 iterations",
    factory: solving(
      (solve) =>
        (y, call, { maxIterations = 1000, ...options }) =>
          solve(y, call, { ...options, maxIterations: maxIterations > 1 ? 1000 : maxIterations }),
    ),
  },
  {
    defect: "the number of iterations is always 1",
    law: "iteration cap",
    says: "expected as many iterations as the cap allows, received 1",
    factory: saying((entry) => everywhere(entry, { iterations: 1 })),
  },
  {
    defect: "the residual is always 0",
    law: "iteration cap",
    says: "expected a residual above 0",
    factory: saying((entry) => everywhere(entry, { residual: 0 })),
  },
  {
    defect: "the cap is an error although it was asked to return",
    law: "iteration cap",
    says: "expected no error, received NotConvergedError",
    factory: solving(
      (solve) =>
        (y, call, { onCap: _, ...options }) =>
          solve(y, call, options),
    ),
  },
  {
    defect: "the bound of the whole is that of the best row",
    law: "solveInverse",
    says: "expected errorBound to be the largest of the rows",
    factory: saying((entry) => ({
      ...entry,
      errorBound: Math.min(...entry.rows.map((row) => row.errorBound)),
    })),
  },
  {
    defect: "the tolerance is ignored",
    law: "solveInverse",
    says: 'expected "converged" only with an error bound <= 0.01',
    factory: solving((solve) => (y, call, options) => solve(y, call, { ...options, tolerance: 0.1 })),
  },
  {
    defect: "evidence forgets where the layer stands",
    law: "solveInverse",
    says: 'within the path "outer": expected evidence of outer, received',
    factory: saying((entry) => ({ ...entry, path: "" })),
  },
  {
    defect: "evidence names another method than the one asked for",
    law: "solveInverse",
    says: "expected the method plain that was asked for, received banach",
    factory: solving((solve) => solve, ["banach", "plain"]),
  },
  {
    defect: "one method of two gives a wrong solution",
    law: "solveInverse",
    says: "method plain: expected an error within the bound",
    factory: solving(
      (solve) => async (y, call, options) => {
        const solved = named(await solve(y, call, options), options.method ?? "banach");
        if (options.method !== "plain") return solved;
        const x = tidy(() => mul(solved.x, 1.01));
        dispose(solved.x);
        return { ...solved, x };
      },
      ["banach", "plain"],
    ),
  },
  {
    defect: "one method of two keeps a tensor",
    law: "no leaks",
    says: "solveInverse, method plain, at most 10000 iterations: expected no tensor left",
    factory: solving(
      (solve) => async (y, call, options) => {
        if (options.method === "plain") hoard.push(clone(y));
        return named(await solve(y, call, options), options.method ?? "banach");
      },
      ["banach", "plain"],
    ),
  },
  {
    defect: "the solver takes NaN for 0",
    law: "solveInverse",
    says: "y with NaN in its first row",
    factory: solving((solve) => async (y, call, options) => {
      const clean = tidy(() => where(isFiniteElementwise(y), y, zerosLike(y)));
      try {
        return await solve(clean, call, options);
      } finally {
        dispose(clean);
      }
    }),
  },
  {
    defect: "the solver swallows errors",
    law: "solveInverse",
    says: "solveInverse of a bijection whose parameter was freed",
    factory: solving((solve) => async (y, call, options) => {
      try {
        return await solve(y, call, options);
      } catch {
        return { x: clone(y), evidence: [] };
      }
    }),
  },
  {
    defect: "a fixed number of steps is called analytic",
    law: "solveInverse",
    says: 'traits.inverse: expected "iterative"',
    factory() {
      const { solver: _, ...sound } = soundIterative();
      return defineBijection({
        ...sound,
        traits: { inverse: "analytic" },
        inverse(y, call) {
          // What its steps leave is below rounding: only their number gives them away.
          let { x } = sound.inverse(y, call);
          for (let n = 0; n < 3; n++) x = add(mul(sound.inverse(y, call).x, 0.5), mul(x, 0.5));
          return { x, logDet: sound.inverse(y, call).logDet };
        },
      });
    },
  },
];
