import {
  add,
  concat,
  defineOp,
  dispose,
  div,
  eye,
  log,
  matMul,
  mul,
  neg,
  reshape,
  slice,
  sub,
  sum,
  tidy,
  transpose,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Computes log det A for matrices whose leading principal minors are positive, by Gaussian elimination without pivoting. Other
 * matrices give NaN. A [B, d, d] -> [B].
 *
 * The gradient is the transposed inverse, and it is right at any order. It stores only A, where recorded elimination would
 * store d matrices.
 */
export function logDeterminant(matrix: Tensor): Tensor {
  return logDeterminantOp({ matrix });
}

const logDeterminantOp = defineOp(["matrix"], {
  name: "InvertibleLogDeterminant",
  forward({ matrix }): Tensor {
    const [batch, dimension] = matrix.shape as [number, number, number];
    const pivots: Tensor[] = [];
    let rest = matrix;
    for (let left = dimension - 1; left > 0; left--) {
      const before = rest;
      const { pivot, next } = tidy(() => {
        const pivot = slice(before, [0, 0, 0], [batch, 1, 1]);
        const row = slice(before, [0, 0, 1], [batch, 1, left]);
        const column = slice(before, [0, 1, 0], [batch, left, 1]);
        const block = slice(before, [0, 1, 1], [batch, left, left]);
        return { pivot, next: sub(block, matMul(column, div(row, pivot))) };
      });
      pivots.push(pivot);
      rest = next;
      if (before !== matrix) dispose(before);
    }
    pivots.push(rest);
    return sum(log(reshape(concat(pivots, 2), [batch, dimension])), 1);
  },
  gradient: (dy, { matrix }) => ({
    matrix: () => mul(reshape(dy, [dy.shape[0]!, 1, 1]), transpose(inverseOp({ matrix }), [0, 2, 1])),
  }),
});

/**
 * Computes A^-1 for the same matrices, by sweeping every index in turn. Let a be column k, r row k, and p = A_kk. A sweep of
 * index k is
 *
 *     A <- A - (a - e_k)(r + e_k)' / p.
 *
 * It replaces A_ij by A_ij - a_i r_j / p off row and column k, column k by -a_i / p, row k by r_j / p, and the entry p by 1 /
 * p. The pivots p are those of the elimination.
 *
 * @see Goodnight (1979), "A tutorial on the SWEEP operator"
 */
const inverseOp: (inputs: { readonly matrix: Tensor }) => Tensor = defineOp(["matrix"], {
  name: "InvertibleInverse",
  forward({ matrix }): Tensor {
    const [batch, dimension] = matrix.shape as [number, number, number];
    const identity = eye(dimension);
    let swept = matrix;
    for (let k = 0; k < dimension; k++) {
      const before = swept;
      swept = tidy(() => {
        const unit = slice(identity, [k, 0], [1, dimension]);
        const pivot = slice(before, [0, k, k], [batch, 1, 1]);
        const row = slice(before, [0, k, 0], [batch, 1, dimension]);
        const column = slice(before, [0, 0, k], [batch, dimension, 1]);
        const outer = matMul(sub(column, reshape(unit, [dimension, 1])), div(add(row, unit), pivot));
        return sub(before, outer);
      });
      if (before !== matrix) dispose(before);
    }
    return swept;
  },
  gradient: (dy, { matrix }) => ({
    matrix: (): Tensor => {
      const inverse: Tensor = inverseOp({ matrix });
      return neg(matMul(matMul(inverse, dy, true, false), inverse, false, true));
    },
  }),
});
