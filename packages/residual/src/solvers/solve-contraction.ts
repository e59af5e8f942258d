import type { InverseEvidence, LayerCall, SolveOptions, Solved } from "@invertible/bijection";
import { NonFiniteError, NotConvergedError, checkPositiveInteger, fail } from "@invertible/errors";
import { clone, dispose, reshape, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import { accelerationFor } from "./acceleration-for.ts";
import { iterateRows } from "./iterate-rows.ts";
import type { Rounded } from "../branches/stages/rounding.ts";
import type { RowResult } from "./standing.ts";

/** x + g(x) = y, row by row, with a g that contracts. */
export interface ContractionProblem {
  /**
   * g for some rows of the batch, with the weights of now, and its rounding. Called in a `tidy`, once for several evaluations;
   * what it computes may be gone at the next call.
   * @param rows which rows of y: for what else g depends on, as a condition. All of them unless given.
   */
  bind(rows?: Int32Array): (x: Tensor) => Rounded;
  /** [B, ...] */
  readonly y: Tensor;
  /** L < 1 */
  readonly lipschitz: number;
  /** p: |g(a) - g(b)|_p <= L |a - b|_p. */
  readonly norm: VectorNorm;
  /** Name of the layer, for evidence. */
  readonly layer: string;
  readonly call: Pick<LayerCall, "where" | "path">;
  readonly options: SolveOptions;
  /** Unless the options name one. */
  readonly method: string;
}

/**
 * Solves x + g(x) = y until (L |F(b) - b| + r)/(1 - L) <= tolerance in every row, where F(b) = y - g(b) is the last evaluation
 * and r allows for float32 rounding in it: 2^-24 |F(b)|, and what `bind` says of g. That is a model of rounding, not a proof.
 * Lengths are in the norm of the contraction, the bound in the evidence is Euclidean. It holds wherever b comes from, so for
 * every method; iterations count evaluations of g.
 *
 * The default tolerance of a row is 1e-5 max(1, |y|), or 2 r/(1 - L) where that is more: float32 can hold it.
 *
 * A row that has finished is frozen: what is returned of it is its first iterate that passes, whatever the rest of the batch
 * needs and however often the loop looks. Rows leave the computation once enough have finished. No look blocks.
 *
 * @throws NotConvergedError when a row has not converged at `maxIterations`, or where only rounding is left;
 * `onCap: "return"` returns instead.
 * @throws NonFiniteError when a row turns NaN or infinite; `onCap: "return"` returns with an infinite bound for it instead.
 */
export async function solveContraction(problem: ContractionProblem): Promise<Solved> {
  const { bind, y, lipschitz, norm, layer, call, options } = problem;
  const { tolerance, maxIterations = 10_000, onCap = "throw", method = problem.method } = options;
  const { where, path } = call;
  checkPositiveInteger(`${where}: maxIterations`, maxIterations);
  if (tolerance !== undefined && !(tolerance > 0))
    fail(`${where}: tolerance`, "a positive number", tolerance);
  const evidence = (results: readonly RowResult[]): InverseEvidence[] => [
    { path, layer, method, lipschitz, ...summary(results) },
  ];
  if (y.size === 0) return { x: clone(y), evidence: evidence([]) };

  const [batch, ...shape] = y.shape as [number, ...number[]];
  const flat = reshape(y, [batch, -1]) as Tensor;
  try {
    const { x, results } = await iterateRows({
      bind: (rows) => bind(rows),
      y: flat,
      shape,
      lipschitz,
      norm,
      acceleration: accelerationFor(where, method, flat.shape[1]!, lipschitz),
      tolerance: (target, floor) => tolerance ?? Math.max(1e-5 * Math.max(1, target), 2 * floor),
      maxIterations,
      onNonFinite(iterations) {
        if (onCap === "throw")
          throw new NonFiniteError(
            `${where}: expected finite numbers, received NaN or infinity at iteration ${iterations}`,
          );
      },
    });
    try {
      if (onCap === "throw") checkConverged(where, results);
      return { x: tidy(() => reshape(x, y.shape)), evidence: evidence(results) };
    } finally {
      dispose(x);
    }
  } finally {
    dispose(flat);
  }
}

function summary(
  results: readonly RowResult[],
): Pick<InverseEvidence, "iterations" | "residual" | "errorBound" | "converged" | "rows"> {
  const rows = results.map(({ iterations, standing: { residual, errorBound, verdict } }) => ({
    iterations,
    residual,
    errorBound,
    converged: verdict === "converged",
  }));
  const worst = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((largest, row) => Math.max(largest, of(row)), 0);
  return {
    iterations: worst((row) => row.iterations),
    residual: worst((row) => row.residual),
    errorBound: worst((row) => row.errorBound),
    converged: rows.every((row) => row.converged),
    rows,
  };
}

function checkConverged(where: string, results: readonly RowResult[]): void {
  const missed = results.filter(({ standing }) => standing.verdict !== "converged");
  if (missed.length === 0) return;
  const worst = missed.reduce((a, b) => (b.standing.excess > a.standing.excess ? b : a));
  const { errorBound, excess, floor, verdict } = worst.standing;
  const expected = `${where}: expected an error within the tolerance in every row`;
  const received = `received a bound of ${errorBound}, ${excess} times the tolerance, after ${worst.iterations} iterations`;
  const rounding =
    floor * excess > errorBound ? `alone accounts for ${floor}` : `keeps it from falling further`;
  const advice =
    verdict === "stalled"
      ? `float32 rounding ${rounding}; ask for a larger tolerance`
      : `raise maxIterations or the tolerance`;
  throw new NotConvergedError(`${expected}, ${received}; ${advice}`);
}
