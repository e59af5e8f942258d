import { NonFiniteError, NotConvergedError, checkOptions } from "@invertible/errors";
import { dispose, sqrt, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { improve, isDirect } from "./leading-vector.ts";
import { normalise, squaredNorm } from "./normalise.ts";

/** Options of `operatorNorm`. */
export interface OperatorNormOptions {
  /** Stop when a round of products raises the estimate by less than this, relative to its value. */
  readonly tolerance: number;
  /** An absolute amount added to what `tolerance` allows, for operators near 0. Default 0. */
  readonly absoluteTolerance?: number;
  /** Most products with A and its adjoint, counted in pairs. Default 1000. */
  readonly maxIterations?: number;
}

/** The result of `operatorNorm`. */
export interface OperatorNorm {
  /** |A v|. Apart from rounding it is at most the true norm. */
  readonly norm: number;
  /** The singular vector [1, ...inputShape], of length 1. The caller disposes of it. */
  readonly v: Tensor;
  /** How many pairs of products with A and its adjoint were made. It is 1 where the whole space was treated at once. */
  readonly iterations: number;
  /** Whether the tolerance was met before the cap. */
  readonly converged: boolean;
}

/**
 * Number of products between two reads: enough for a round to be worth its overhead, and few enough for a warm start to be
 * cheap.
 */
const roundSize = 12;

/**
 * Estimates the largest singular value of an operator, from a starting vector [1, ...inputShape]. Up to 128 dimensions it is
 * computed directly, from the whole Gram matrix. Beyond, Lanczos rounds continue until a round no longer raises the estimate by
 * `tolerance`. Each round has one asynchronous read.
 *
 * The result is a lower estimate. Singular values close to the largest do not harm it, because it does not matter which of them
 * is found. A start at a lower singular vector is left because each round mixes in a generic direction.
 *
 * @throws NonFiniteError where the operator yields NaN or infinity.
 */
export async function operatorNorm(
  operator: LinearOperator,
  start: Tensor,
  options: OperatorNormOptions,
): Promise<OperatorNorm> {
  checkOptions("operatorNorm", options, {
    tolerance: "required",
    absoluteTolerance: "optional",
    maxIterations: "optional",
  });
  const { tolerance, absoluteTolerance = 0, maxIterations = 1000 } = options;
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
      // Once the estimate is as good as float32 allows, rounding can lower it a little.
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

/**
 * Checks that a search has converged.
 *
 * @throws NotConvergedError with the numbers, where it has not.
 */
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

/** |A v|, read back. */
async function measure(operator: LinearOperator, v: Tensor): Promise<number> {
  const norm = tidy(() => sqrt(squaredNorm(operator.apply(v))));
  const value = (await norm.data().finally(() => dispose(norm)))[0]!;
  if (!Number.isFinite(value))
    throw new NonFiniteError(`operatorNorm: expected finite weights, received a norm of ${value}`);
  return value;
}
