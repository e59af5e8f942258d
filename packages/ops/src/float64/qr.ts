import { fail } from "@invertible/errors";
import { checkFinite, powerOfTwo } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";

/**
 * Computes A = Q R by Householder reflections, for A [m, n] with m >= n. Q [m, n] has orthonormal columns, and R [n, n] is
 * upper triangular with a diagonal >= 0. This sign makes the decomposition unique for full column rank. It also makes Q
 * uniformly (Haar) distributed if the entries of A are independent standard normals.
 *
 * @throws ArgumentError where m < n.
 * @throws NonFiniteError where an entry is NaN or infinite.
 * @see Golub, Van Loan (2013), "Matrix computations", 4th edition, algorithms 5.1.1 and 5.2.1
 * @see Mezzadri (2007), "How to generate random matrices from the classical compact groups", arXiv math-ph/0609050
 */
export function qrDecompose(a: Matrix64): { q: Matrix64; r: Matrix64 } {
  const { rows, columns } = a;
  if (rows < columns) fail("qrDecompose", "at least as many rows as columns", `${rows} x ${columns}`);
  checkFinite("qrDecompose", a);
  // Columns are scaled by powers of two, which change no digit. This does not change Q, and keeps squares from over- or
  // underflowing.
  const scales = Array.from({ length: columns }, (_, j) => columnScale(a, j));
  const work = a.data.map((value, at) => value / scales[at % columns]!);
  const reflectors = Array.from({ length: columns }, (_, k) => {
    const v = reflector(work, rows, columns, k);
    reflect(work, columns, v, k, k);
    return v;
  });

  const q = new Float64Array(rows * columns);
  for (let k = 0; k < columns; k++) q[k * columns + k] = 1;
  for (let k = columns - 1; k >= 0; k--) reflect(q, columns, reflectors[k]!, k, k);

  const r = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    const sign = work[i * columns + i]! < 0 ? -1 : 1;
    for (let j = i; j < columns; j++) r[i * columns + j] = sign * work[i * columns + j]! * scales[j]!;
    if (sign < 0) for (let row = 0; row < rows; row++) q[row * columns + i]! *= -1;
  }
  return { q: { rows, columns, data: q }, r: { rows: columns, columns, data: r } };
}

/** A power of two near the largest entry of a column, or 1 for a column of zeros. */
function columnScale({ rows, columns, data }: Matrix64, column: number): number {
  let largest = 0;
  for (let i = 0; i < rows; i++) largest = Math.max(largest, Math.abs(data[i * columns + column]!));
  return powerOfTwo(largest);
}

/** The unit vector v, from row k on, whose reflection I - 2 v v^T maps column k to a multiple of e_k. */
function reflector(work: Float64Array, rows: number, columns: number, k: number): Float64Array {
  const v = new Float64Array(rows - k);
  for (let i = k; i < rows; i++) v[i - k] = work[i * columns + k]!;
  const length = norm(v);
  // If nothing significant is left of a column of size 1, there is no reflection.
  if (length < 2 ** -500) return v.fill(0);
  v[0]! += v[0]! < 0 ? -length : length;
  const unit = norm(v);
  return v.map((value) => value / unit);
}

/** Applies I - 2 v v^T to the rows from `k` on, in the columns from `first` on. */
function reflect(data: Float64Array, columns: number, v: Float64Array, k: number, first: number): void {
  const products = new Float64Array(columns);
  v.forEach((value, i) => {
    for (let j = first; j < columns; j++) products[j]! += value * data[(k + i) * columns + j]!;
  });
  v.forEach((value, i) => {
    for (let j = first; j < columns; j++) data[(k + i) * columns + j]! -= 2 * value * products[j]!;
  });
}

function norm(v: Float64Array): number {
  return Math.sqrt(v.reduce((total, value) => total + value * value, 0));
}
