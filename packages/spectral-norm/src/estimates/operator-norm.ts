import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import { dispose, sqrt, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { improve, isDirect } from "./leading-vector.ts";
import { normalise, squaredNorm } from "./normalise.ts";

export interface OperatorNormOptions {
  /** Stop when a round of `roundSize` products raises the estimate by less than this, relatively. */
  readonly tolerance: number;
  /** Added to what the tolerance allows; for operators near 0. Default 0. */
  readonly absoluteTolerance?: number;
  /** Cap on the products with A and its adjoint, counted in pairs. Default 1000. */
  readonly maxIterations?: number;
}

export interface OperatorNorm {
  /** |A v|: at most the true norm, rounding aside. */
  readonly norm: number;
  /** [1, ...inputShape], of length 1; the caller's to dispose. */
  readonly v: Tensor;
  /** Pairs of products with A and its adjoint; 1 where the whole space was taken at once. */
  readonly iterations: number;
  readonly converged: boolean;
}

/** Products per read: enough for a round to be worth its overhead, few enough for a warm start to be cheap. */
const roundSize = 12;

/**
 * The largest singular value of an operator, from a start vector [1, ...inputShape]. Up to 128 dimensions directly, from the
 * whole Gram matrix; beyond, by Lanczos rounds until a round no longer raises the estimate by `tolerance`. One
 * asynchronous read per round.
 *
 * The result is a lower estimate. Singular values next to the largest cannot hide it, because it does not matter which of
 * them is found; a start at a lower singular vector is left through the generic direction in every round.
 *
 * @throws NonFiniteError when the operator yields NaN or infinity.
 */
export async function operatorNorm(
  operator: LinearOperator,
  start: Tensor,
  { tolerance, absoluteTolerance = 0, maxIterations = 1000 }: OperatorNormOptions,
): Promise<OperatorNorm> {
  let v = normalise(start);
  try {
    if (isDirect(v.size)) {
      const direct = improve(operator, v, 1);
      dispose(v);
      v = direct;
      return { norm: await measure(operator, v), v, iterations: 1, converged: true };
    }
    let norm = await measure(operator, v);
    for (let iterations = 1; ;) {
      const size = Math.min(roundSize, maxIterations - iterations);
      if (size < 2) return { norm, v, iterations, converged: false };
      const candidate = improve(operator, v, size);
      const raised = await measure(operator, candidate).catch((error: unknown) => {
        dispose(candidate);
        throw error;
      });
      iterations += size;
      const converged = raised <= norm * (1 + tolerance) + absoluteTolerance;
      // Rounding can lower the estimate a little, once it is as good as float32 allows.
      const better = raised > norm;
      dispose(better ? v : candidate);
      if (better) [norm, v] = [raised, candidate];
      if (converged) return { norm, v, iterations, converged };
    }
  } catch (error) {
    dispose(v);
    throw error;
  }
}

/** @throws NotConvergedError naming the numbers. */
export function checkConverged(
  where: string,
  result: { readonly norm: number; readonly iterations: number; readonly converged: boolean },
  tolerance: number,
): void {
  if (!result.converged)
    throw new NotConvergedError(
      `${where}: expected the norm within a relative ${tolerance}, received ${result.norm} still rising after ` +
        `${result.iterations} iterations; raise maxIterations`,
    );
}

/** |A v|, read. */
async function measure(operator: LinearOperator, v: Tensor): Promise<number> {
  const norm = tidy(() => sqrt(squaredNorm(operator.apply(v))));
  const value = (await norm.data().finally(() => dispose(norm)))[0]!;
  if (!Number.isFinite(value))
    throw new NonFiniteError(
      `operatorNorm: expected products with the weights that float32 holds, received a norm of ${value}`,
    );
  return value;
}
