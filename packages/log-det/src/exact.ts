import {
  add,
  checkPositiveInteger,
  concat,
  div,
  eye,
  fail,
  log,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tensor,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { LogDetEstimator } from "./estimator.ts";
import { jacobian, jacobianColumns } from "./jacobian.ts";
import { dimensionOf } from "./problem.ts";
import type { LogDetProblem } from "./problem.ts";

export interface ExactOptions {
  /** Refuse larger problems: they need d products and about 8 d small operations. Default 64. */
  readonly maxDimension?: number;
}

/**
 * log det(I + J) from the whole Jacobian, one product per basis vector; in float32, differentiable.
 *
 * d = 1, 2: the closed form. Larger d: Gaussian elimination without pivoting, which is safe here: when |J| <= L < 1 the
 * symmetric part of I + J is positive definite, so every pivot is at least 1 - L > 0. (A pivot is the reciprocal of a diagonal
 * entry of the inverse of a leading principal block, and that inverse has norm at most 1/(1-L).) Where |J| < 1 does
 * not hold, the result can be NaN.
 *
 * @throws ArgumentError at the estimate when d > maxDimension.
 */
export function exact({ maxDimension = 64 }: ExactOptions = {}): LogDetEstimator {
  checkPositiveInteger("exact: maxDimension", maxDimension);
  return Object.freeze({
    name: "exact",
    kind: "exact",
    config: { name: "exact", maxDimension },
    bias: () => 0,
    estimate(problem: LogDetProblem): Tensor {
      const dimension = dimensionOf(problem.shape);
      if (dimension > maxDimension)
        fail(
          "exact: dimension",
          `at most maxDimension = ${maxDimension}; use powerSeries, or raise it`,
          dimension,
        );
      if (dimension === 1) return reshape(log(add(jacobianColumns(problem)[0]!, 1)), [problem.batch]);
      if (dimension === 2) return logDet2(jacobianColumns(problem));
      return eliminate(add(jacobian(problem), eye(dimension)), problem.batch, dimension);
    },
  } as const);
}

/** log((1 + J11)(1 + J22) - J12 J21) as the product of I + J's first column with its second, turned by 90 degrees. */
function logDet2([first, second]: Tensor[]): Tensor {
  const turn = tensor([0, -1, 1, 0], [2, 2]);
  const turned = add(matMul(second!, turn), tensor([1, 0], [1, 2]));
  return log(sum(mul(add(first!, tensor([1, 0], [1, 2])), turned), 1));
}

/** log det A = sum of the logarithms of the pivots. A [B, d, d] -> [B]. */
function eliminate(matrix: Tensor, batch: number, dimension: number): Tensor {
  const pivots: Tensor[] = [];
  let rest = matrix;
  for (let left = dimension; left > 1; left--) {
    const pivot = slice(rest, [0, 0, 0], [batch, 1, 1]);
    const row = slice(rest, [0, 0, 1], [batch, 1, left - 1]);
    const column = slice(rest, [0, 1, 0], [batch, left - 1, 1]);
    const block = slice(rest, [0, 1, 1], [batch, left - 1, left - 1]);
    pivots.push(pivot);
    rest = sub(block, matMul(column, div(row, pivot)));
  }
  pivots.push(rest);
  return sum(log(reshape(concat(pivots, 2), [batch, dimension])), 1);
}
