import { concat, reshape, tensor, tidy, transpose, withoutGradient, sizeOf } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { LogDetProblem } from "../problem.ts";

type JacobianProblem = Pick<LogDetProblem, "jvp" | "batch" | "shape">;

/**
 * How many numbers the basis vectors of one call of the product may have: 4 MB. A branch needs a few times that to process
 * them.
 */
const numbersPerCall = 2 ** 20;

/**
 * Computes the Jacobian J [B, d, d] from products with it. Entry (b, i, j) is d g_i / d x_j at example b. All d basis vectors
 * go through the product as stacked copies of the batch, in as few calls as keep their rows below 2^20 numbers. Differentiable.
 */
export function jacobianMatrix({ jvp, batch, shape }: JacobianProblem): Tensor {
  const dimension = sizeOf(shape);
  const perCall = Math.max(1, Math.floor(numbersPerCall / Math.max(1, batch * dimension)));
  return tidy(() => {
    const columns: Tensor[] = [];
    for (let from = 0; from < dimension; from += perCall) {
      const count = Math.min(perCall, dimension - from);
      columns.push(
        tidy(() => reshape(jvp(basisVectors(from, count, batch, shape)), [count, batch, dimension])),
      );
    }
    return transpose(columns.length === 1 ? columns[0]! : concat(columns, 0), [1, 2, 0]);
  });
}

/** The basis vectors e_from, ..., e_(from + count - 1), each for the whole batch: [count B, ...shape], a constant. */
export function basisVectors(from: number, count: number, batch: number, shape: Shape): Tensor {
  const dimension = sizeOf(shape);
  const values = new Float32Array(count * batch * dimension);
  for (let row = 0; row < count * batch; row++) values[row * dimension + from + Math.floor(row / batch)] = 1;
  return withoutGradient(() => tensor(values, [count * batch, ...shape]));
}
