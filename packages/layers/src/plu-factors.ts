import { fail } from "@invertible/errors";
import { luDecompose, qrDecompose } from "@invertible/ops";
import type { Matrix64, Random } from "@invertible/ops";

/** The factors of W = P L (U + diag(sign * exp(logScale))). */
export interface PluFactors {
  /** The permutation P. Row i of L U is row order[i] of W, so (P z)[order[i]] = z[i]. */
  readonly order: readonly number[];
  /** The signs of the diagonal of U, +1 or -1. */
  readonly signs: readonly number[];
  /**
   * [n, n] by rows, with L strictly below the diagonal, logScale on it, and U strictly above. The diagonal of L is 1 and not
   * stored.
   */
  readonly packed: Float64Array;
}

/**
 * Factorises a matrix.
 *
 * @throws ArgumentError for a singular matrix.
 */
export function pluFactors(matrix: Matrix64): PluFactors {
  const { lower, upper, permutation } = luDecompose(matrix);
  const n = matrix.rows;
  const diagonal = Array.from({ length: n }, (_, i) => upper.data[i * n + i]!);
  if (diagonal.some((d) => d === 0))
    fail("invertibleConv1x1.matrix", "an invertible matrix", "a singular one");
  const packed = Float64Array.from({ length: n * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    if (row === column) return Math.log(Math.abs(diagonal[row]!));
    return (row > column ? lower : upper).data[at]!;
  });
  return { order: [...permutation], signs: diagonal.map(Math.sign), packed };
}

/** Draws an orthogonal matrix from the uniform (Haar) distribution. */
export function randomOrthogonal(size: number, random: Random): Matrix64 {
  const normal = Float64Array.from(random.normalArray(size * size));
  return qrDecompose({ rows: size, columns: size, data: normal }).q;
}
