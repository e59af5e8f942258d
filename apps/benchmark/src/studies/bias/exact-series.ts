import { slogdet } from "@invertible/ops";

/** What a whole Jacobian J says about log det(I + J), in float64. */
export interface ExactSeries {
  /** log det(I + J), by LU decomposition. */
  readonly logDet: number;
  /** The sum of the first n terms (-1)^(k+1) tr(J^k) / k, for n = 1..terms. */
  readonly partialSums: readonly number[];
}

/**
 * Computes both from a matrix J [d, d], row by row. tr(J^k) comes from powers of the matrix, and not from random probes, so the
 * difference of the two is the bias of the truncation alone.
 */
export function exactSeries(matrix: ArrayLike<number>, dimension: number, terms: number): ExactSeries {
  const j = Float64Array.from(matrix);
  const identityPlus = Float64Array.from(j);
  for (let i = 0; i < dimension; i++) identityPlus[i * (dimension + 1)]! += 1;
  const { logAbsDet } = slogdet({ rows: dimension, columns: dimension, data: identityPlus });
  const partialSums: number[] = [];
  let power = j;
  let total = 0;
  for (let k = 1; k <= terms; k++) {
    if (k > 1) power = product(power, j, dimension);
    let trace = 0;
    for (let i = 0; i < dimension; i++) trace += power[i * (dimension + 1)]!;
    total += ((k % 2 === 1 ? 1 : -1) * trace) / k;
    partialSums.push(total);
  }
  return { logDet: logAbsDet, partialSums };
}

function product(a: Float64Array, b: Float64Array, d: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let k = 0; k < d; k++) {
      const factor = a[i * d + k]!;
      for (let j = 0; j < d; j++) result[i * d + j]! += factor * b[k * d + j]!;
    }
  return result;
}
