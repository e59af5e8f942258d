import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { checkFinite, powerOfTwo } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";

/**
 * Computes the min(m, n) singular values of A [m, n], the largest first. Their absolute errors are a few eps times the largest.
 *
 * @throws NonFiniteError where an entry is NaN or infinite.
 */
export function singularValues(a: Matrix64): Float64Array {
  checkFinite("singularValues", a);
  const largest = a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return new Float64Array(Math.min(a.rows, a.columns));
  // A power of two changes no digit, and keeps the iteration from over- and underflowing.
  const scale = powerOfTwo(largest);
  const scaled = a.data.map((value) => value / scale);
  const { diagonal } = new SingularValueDecomposition(Matrix.from1DArray(a.rows, a.columns, scaled), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  return Float64Array.from(diagonal, (value) => value * scale)
    .sort()
    .reverse();
}
