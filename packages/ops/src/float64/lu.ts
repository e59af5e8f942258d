import { checkFinite, checkSquare } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";

/** A matrix A in the form P A = L U. */
export interface LuDecomposition {
  /** L [m, min(m, n)], unit lower triangular (trapezoidal where m > n), with entries in [-1, 1]. */
  readonly lower: Matrix64;
  /** U [min(m, n), n], upper triangular (trapezoidal where n > m). */
  readonly upper: Matrix64;
  /** The permutation P. Row i of L U is row `permutation[i]` of A. */
  readonly permutation: Int32Array;
  /** The sign of the permutation. */
  readonly sign: 1 | -1;
}

/**
 * Computes P A = L U with partial pivoting, for A [m, n]. A singular matrix has a decomposition too, with zeros on the diagonal
 * of U.
 *
 * @throws NonFiniteError where an entry is NaN or infinite.
 * @see Golub, Van Loan (2013), "Matrix computations", 4th edition, algorithm 3.4.1
 */
export function luDecompose(a: Matrix64): LuDecomposition {
  checkFinite("luDecompose", a);
  const { rows, columns } = a;
  const { packed, permutation, sign } = factorise(a);
  const inner = Math.min(rows, columns);
  const lower = new Float64Array(rows * inner);
  const upper = new Float64Array(inner * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = packed[i * columns + j]!;
      if (i > j) lower[i * inner + j] = value;
      else upper[i * columns + j] = value;
    }
    if (i < inner) lower[i * inner + i] = 1;
  }
  return {
    lower: { rows, columns: inner, data: lower },
    upper: { rows: inner, columns, data: upper },
    permutation,
    sign,
  };
}

/**
 * Computes the sign of det A and the natural logarithm of its absolute value. The determinant itself may be far outside the
 * range of float64. A singular matrix gives { sign: 0, logAbsDet: -Infinity }.
 *
 * @throws ArgumentError unless A is square.
 * @throws NonFiniteError where an entry is NaN or infinite.
 */
export function slogdet(a: Matrix64): { sign: -1 | 0 | 1; logAbsDet: number } {
  checkSquare("slogdet", a);
  checkFinite("slogdet", a);
  const { packed, sign: permutationSign } = factorise(a);
  let sign: -1 | 1 = permutationSign;
  let logAbsDet = 0;
  for (let i = 0; i < a.rows; i++) {
    const pivot = packed[i * a.columns + i]!;
    if (pivot === 0) return { sign: 0, logAbsDet: -Infinity };
    if (pivot < 0) sign = sign === 1 ? -1 : 1;
    logAbsDet += Math.log(Math.abs(pivot));
  }
  return { sign, logAbsDet };
}

/** Factorises into one array, with L below the diagonal (its unit diagonal is not stored) and U on and above it. */
function factorise({ rows, columns, data }: Matrix64): {
  packed: Float64Array;
  permutation: Int32Array;
  sign: 1 | -1;
} {
  const packed = data.slice();
  const permutation = Int32Array.from({ length: rows }, (_, i) => i);
  let sign: 1 | -1 = 1;
  for (let k = 0; k < Math.min(rows, columns); k++) {
    let best = k;
    for (let i = k + 1; i < rows; i++) {
      if (Math.abs(packed[i * columns + k]!) > Math.abs(packed[best * columns + k]!)) best = i;
    }
    const pivot = packed[best * columns + k]!;
    if (pivot === 0) continue;
    if (best !== k) {
      sign = sign === 1 ? -1 : 1;
      swapRows(packed, columns, k, best);
      const row = permutation[k]!;
      permutation[k] = permutation[best]!;
      permutation[best] = row;
    }
    for (let i = k + 1; i < rows; i++) {
      const factor = (packed[i * columns + k]! /= pivot);
      if (factor === 0) continue;
      for (let j = k + 1; j < columns; j++) packed[i * columns + j]! -= factor * packed[k * columns + j]!;
    }
  }
  return { packed, permutation, sign };
}

function swapRows(data: Float64Array, columns: number, first: number, second: number): void {
  const row = data.slice(first * columns, (first + 1) * columns);
  data.copyWithin(first * columns, second * columns, (second + 1) * columns);
  data.set(row, second * columns);
}
