import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { add, eye, log, matMul, mul, reshape, sizeOf, slice, sum, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { checkContraction } from "./estimator.ts";
import type { ContractionBounds, LogDetEstimator } from "./estimator.ts";
import { basisVectors, jacobianMatrix } from "../determinants/jacobian-matrix.ts";
import { logDeterminant } from "../determinants/log-determinant.ts";
import type { LogDetProblem } from "../problem.ts";

/** Options of `exactLogDet`. */
export interface ExactLogDetOptions {
  /**
   * Refuse problems of more dimensions. A problem of d dimensions needs d products, d^2 numbers per example and about 12 d
   * small operations. Default 64.
   */
  readonly maxDimension?: number;
}

/**
 * Computes log det(I + J) exactly, from the whole Jacobian. All basis vectors go through one product. Works in float32 and is
 * differentiable.
 *
 * For d = 1 and 2 it uses the closed form. For larger d it uses Gaussian elimination without pivoting. This is safe if |J| <= L
 * < 1 in an l_p operator norm, because every pivot is then at least 1 - L > 0. (A principal block of J also has a norm of at
 * most L, so the inverse of that block of I + J has a norm of at most 1/(1-L). A pivot is the reciprocal of a diagonal entry of
 * such an inverse. It is positive because the determinants of all leading blocks are.) If |J| < 1 does not hold, the result can
 * be NaN.
 *
 * @throws ArgumentError where d > maxDimension, from `check` and from `estimate`.
 */
export function exactLogDet(options: ExactLogDetOptions = {}): LogDetEstimator {
  checkOptions("exactLogDet", options, { maxDimension: "optional" });
  const { maxDimension = 64 } = options;
  checkPositiveInteger("exactLogDet: maxDimension", maxDimension);
  const checkDimension = (dimension: number) => {
    if (dimension > maxDimension)
      fail(
        "exactLogDet: dimension",
        `at most maxDimension = ${maxDimension}; use powerSeries or russianRoulette, or raise it`,
        dimension,
      );
  };
  return Object.freeze({
    name: "exact",
    kind: "exact",
    config: { name: "exact", maxDimension },
    bias: () => 0,
    check(bounds: ContractionBounds): void {
      checkContraction("exact", bounds);
      checkDimension(bounds.dimension);
    },
    estimate(problem: LogDetProblem): Tensor {
      const dimension = sizeOf(problem.shape);
      checkDimension(dimension);
      if (dimension === 1) return reshape(log(columns(problem, 1)), [problem.batch]);
      if (dimension === 2) return logDet2(columns(problem, 2), problem.batch);
      return logDeterminant(add(jacobianMatrix(problem), eye(dimension)));
    },
  } as const);
}

/** The columns of I + J, stacked: [d B, d]. */
function columns({ jvp, batch, shape }: LogDetProblem, dimension: 1 | 2): Tensor {
  const basis = basisVectors(0, dimension, batch, shape);
  return reshape(add(basis, jvp(basis)), [dimension * batch, dimension]);
}

/**
 * The logarithm of <a, b turned by -90 degrees> for the columns a and b. This takes fewer operations than taking the matrix
 * apart.
 */
function logDet2(stacked: Tensor, batch: number): Tensor {
  const first = slice(stacked, [0, 0], [batch, 2]);
  const second = slice(stacked, [batch, 0], [batch, 2]);
  const turn = tensor([0, -1, 1, 0], [2, 2]);
  return log(sum(mul(first, matMul(second, turn)), 1));
}
