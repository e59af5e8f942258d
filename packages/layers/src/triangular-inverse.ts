import { matMul, mul, sub, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Inverts lower triangular matrices [.., n, n] by tensor operations, so that the result is differentiable and nothing is read
 * back. `diagonalInverse` [.., n, n] holds the reciprocals of their diagonals, which the caller can compute better than by a
 * quotient.
 *
 * Suppose X already inverts blocks of size s along the diagonal; at first s = 1. With B the entries of A that join neighbouring
 * blocks, X - X B X inverts blocks of size 2s, because
 *
 *     [P 0; R S]^-1 = [P^-1 0; -S^-1 R P^-1  S^-1].
 *
 * This takes ceil(log2 n) rounds of two products. The arithmetic is that of recursive block inversion, which is as stable as
 * substitution. The Neumann product (I - N)(I + N^2)(I + N^4)... is not, because large powers of N cancel.
 *
 * @see Higham (2002), Accuracy and Stability of Numerical Algorithms, section 14.2
 */
export function invertLowerTriangular(matrix: Tensor, diagonalInverse: Tensor): Tensor {
  const n = matrix.shape.at(-1)!;
  let inverse = diagonalInverse;
  for (let size = 1; size < n; size *= 2) {
    const joining = mul(matrix, joiningBlocks(n, size));
    inverse = sub(inverse, matMul(matMul(inverse, joining), inverse));
  }
  return inverse;
}

/** Ones where the row is in the lower block and the column in the upper block of the same pair of blocks. */
function joiningBlocks(n: number, size: number): Tensor {
  const values = new Float32Array(n * n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < row; column++) {
      const samePair = Math.floor(row / (2 * size)) === Math.floor(column / (2 * size));
      if (samePair && Math.floor(row / size) !== Math.floor(column / size)) values[row * n + column] = 1;
    }
  return tensor(values, [n, n]);
}
