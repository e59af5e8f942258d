import { evidenceOf } from "@invertible/bijection";
import type { InverseEvidence, LayerCall, RowEvidence, SolveOptions, Solved } from "@invertible/bijection";
import { NonFiniteError, NotConvergedError, checkPositiveInteger, fail } from "@invertible/errors";
import { clone, dispose, reshape, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";
import { accelerationFor } from "./acceleration-for.ts";
import { iterateRows } from "./iterate-rows.ts";
import type { Rounded } from "../branches/stages/rounding.ts";
import type { RowResult } from "./standing.ts";

/** The problem x + g(x) = y, to be solved row by row, where g contracts. */
export interface ContractionProblem {
  /**
   * Binds g to some rows of the batch, with the present weights, and to an estimate of its rounding. Called in a `tidy`, once
   * for several evaluations. What it computes may be gone at the next call.
   *
   * @param rows which rows of y, for other inputs of g such as a condition; all of them unless given
   */
  bind(rows?: Int32Array): (x: Tensor) => Rounded;
  /** The targets, [B, ...]. */
  readonly y: Tensor;
  /** The Lipschitz constant L < 1 of g. */
  readonly lipschitz: number;
  /** The p of the norm in which g contracts: |g(a) - g(b)|_p <= L |a - b|_p. */
  readonly norm: VectorNorm;
  /** Name of the layer, for the evidence. */
  readonly layer: string;
  /** Place of the layer, for evidence and error messages. */
  readonly call: Pick<LayerCall, "where" | "path">;
  /** Tolerance, cap, method, and what happens at the cap. */
  readonly options: SolveOptions;
  /** The method used unless the options name one. */
  readonly method: string;
}

/**
 * Solves x + g(x) = y iteratively, with an error bound for every row.
 *
 * With F(b) = y - g(b) the last evaluation, a row is finished when (L |F(b) - b| + r)/(1 - L) <= tolerance. Here r allows for
 * float32 rounding: 2^-24 |F(b)| for the subtraction, and what `bind` estimates for g. This is a model of rounding and not a
 * proof. Lengths are measured in the norm of the contraction; the bound in the evidence is Euclidean. The bound holds wherever
 * b comes from, and therefore for every method. Iterations count evaluations of g.
 *
 * The default tolerance of a row is 1e-5 max(1, |y|), or 2 r/(1 - L) if that is more, so that float32 can reach it.
 *
 * A finished row is frozen. Its result is the first iterate that passes, regardless of what the rest of the batch needs and of
 * how often numbers are read back. Finished rows leave the computation once there are enough of them. Numbers are read
 * asynchronously.
 *
 * @throws NotConvergedError where a row has not converged at `maxIterations`, or only rounding keeps it from its tolerance.
 * With `onCap: "return"` the result is returned instead.
 * @throws NonFiniteError where a row becomes NaN or infinite. With `onCap: "return"` the row is returned with an infinite
 * bound.
 */
export async function solveContraction(problem: ContractionProblem): Promise<Solved> {
  const { bind, y, lipschitz, norm, layer, call, options } = problem;
  const { tolerance, maxIterations = 10_000, onCap = "throw", method = problem.method } = options;
  const { where, path } = call;
  checkPositiveInteger(`${where}: maxIterations`, maxIterations);
  if (tolerance !== undefined && !(tolerance > 0))
    fail(`${where}: tolerance`, "a positive number", tolerance);
  const evidence = (results: readonly RowResult[]): InverseEvidence[] => [
    evidenceOf({ path, layer, method, lipschitz }, results.map(rowEvidence)),
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

function rowEvidence({ iterations, standing }: RowResult): RowEvidence {
  const { residual, errorBound, verdict } = standing;
  return { iterations, residual, errorBound, converged: verdict === "converged" };
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
