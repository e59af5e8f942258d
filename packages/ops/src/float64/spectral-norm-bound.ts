import { checkFinite, powerOfTwo } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";
import { roundUp } from "./round-up.ts";

/** Squaring stops once the bound exceeds the norm by at most this fraction. */
const excess = 5e-7;

/**
 * Proves an upper bound of the largest singular value of A [m, n]: |A|_2 <= bound <= (1 + 1e-6) |A|_2 for up to 10^4 rows or
 * columns. Every entry is taken as exact.
 *
 * The method is Gram iteration. With B_0 = A'A (or A A', whichever is smaller) and B_(k+1) = B_k^2, |A|_2^2 = |B_k|_2^(1/2^k).
 * |B_k|_2 is at most its Frobenius norm and its largest row sum. These exceed it by a factor of at most sqrt(n), which goes to
 * 1 under the root.
 *
 * Rounding is covered as follows. Every product of k-vectors is computed with an error of at most gamma_k |x|'|y|, gamma_k = k
 * u/(1 - k u) < k 2^-52, in any order of summation. So a computed square C of a symmetric B satisfies |B|_2^2 <= |C|_2 +
 * gamma_n |B|_F^2, and the bound carries this term back through every root. Matrices are scaled by powers of two, and what this
 * loses to underflow is included in these errors.
 *
 * @throws NonFiniteError where an entry is NaN or infinite.
 * @see Delattre et al. (2023), arXiv 2305.16173, algorithm 1; Higham (2002), Accuracy and Stability of Numerical Algorithms,
 * section 3.5
 */
export function spectralNormBound(a: Matrix64): number {
  checkFinite("spectralNormBound", a);
  const { scale, matrix } = scaled(a);
  if (scale === 0) return 0;
  const squared = squaredNorm(gram(matrix), 0) + productError(Math.max(a.rows, a.columns), matrix);
  return roundUp(roundUp(Math.sqrt(roundUp(squared))) * scale);
}

/** Proves an upper bound of the Frobenius norm, sqrt(sum of squares). It exceeds the norm by rounding only. */
export function frobeniusNormBound({ data }: Matrix64): number {
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 0;
  const scale = powerOfTwo(largest);
  const sum = data.reduce((total, value) => total + (value / scale) ** 2, 0);
  return Math.sqrt(sum) * (1 + (data.length + 8) * Number.EPSILON) * scale;
}

/** For a B that is positive semidefinite up to rounding, a number no smaller than |B|_2, obtained from |B^2|_2. */
function squaredNorm(b: Matrix64, squarings: number): number {
  const { scale, matrix } = scaled(b);
  if (scale === 0) return 0;
  const frobenius = frobeniusNormBound(matrix);
  const upper = Math.min(frobenius, largestRowSum(matrix));
  // This lower bound only decides when to stop: |B|_2 is at least every diagonal entry, and |B|_F^2 <= |B|_2 tr B.
  const diagonal = Array.from({ length: b.rows }, (_, i) => matrix.data[i * b.rows + i]!);
  const lower = Math.max(...diagonal, frobenius ** 2 / diagonal.reduce((total, value) => total + value, 0));
  if (Math.log(upper / lower) <= excess * 2 ** (squarings + 1)) return upper * scale;
  const next = squaredNorm(gram(matrix), squarings + 1) + productError(b.rows, matrix);
  return roundUp(Math.sqrt(roundUp(next))) * scale;
}

/** The rounding error gamma_k |B|_F^2 of products of k-vectors, including what underflows. */
function productError(length: number, matrix: Matrix64): number {
  return (length + 4) * Number.EPSILON * frobeniusNormBound(matrix) ** 2;
}

/** Computes A'A or A A', whichever is smaller. The result is exactly symmetric. */
function gram({ rows, columns, data }: Matrix64): Matrix64 {
  const wide = columns > rows;
  const [size, length] = wide ? [rows, columns] : [columns, rows];
  const vectors = wide ? data : columnsOf({ rows, columns, data });
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += vectors[i * length + k]! * vectors[j * length + k]!;
      product[i * size + j] = sum;
      product[j * size + i] = sum;
    }
  return { rows: size, columns: size, data: product };
}

/** Copies the columns one after another, so that the inner loop of `gram` reads memory in order. */
function columnsOf({ rows, columns, data }: Matrix64): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return result;
}

function largestRowSum({ rows, columns, data }: Matrix64): number {
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += Math.abs(data[i * columns + j]!);
    largest = Math.max(largest, sum);
  }
  return largest * (1 + (columns + 4) * Number.EPSILON);
}

/**
 * Divides a matrix by a power of two near its largest entry, so that no square overflows. The scale is 0 for a matrix of zeros.
 */
function scaled(a: Matrix64): { scale: number; matrix: Matrix64 } {
  const largest = a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return { scale: 0, matrix: a };
  const scale = powerOfTwo(largest);
  return { scale, matrix: { ...a, data: a.data.map((value) => value / scale) } };
}
