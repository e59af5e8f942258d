/**
 * The lower half of a symmetric matrix whose entries (i, j) are zero where |i - j| > band. Rows lie one after another. Two rows
 * of a pair (0 and 1, 2 and 3, ...) begin at the same column, which is even, so that they can be processed together. `band` is
 * even for the same reason. An odd size has a row of zeros behind it.
 */
export interface BandMatrix {
  /** Number of rows. */
  readonly size: number;
  /** How far from the diagonal entries may be nonzero. */
  readonly band: number;
  /** The entries; see `rowOffset`. */
  readonly data: Float64Array;
}

/** Makes a matrix of zeros. A band wider than the matrix is narrowed, and an odd one widened by one. */
export function bandMatrix(size: number, band: number): BandMatrix {
  const narrow = Math.min(band, size - 1);
  const even = narrow + (narrow % 2);
  return { size, band: even, data: new Float64Array((size + (size % 2)) * (even + 2)) };
}

/** Where row i lies in `data`: its entry (i, j) is `data[rowOffset + j]`. The row begins at column (i & ~1) - band. */
export const rowOffset = (band: number, i: number): number => i * (band + 2) + band - (i & ~1);

/** Computes G x. */
export function times({ size, band, data }: BandMatrix, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const row = rowOffset(band, i);
    const xi = x[i]!;
    let sum = data[row + i]! * xi;
    for (let j = Math.max(0, i - band); j < i; j++) {
      const entry = data[row + j]!;
      sum += entry * x[j]!;
      y[j]! += entry * xi;
    }
    y[i]! += sum;
  }
  return y;
}

/** The largest sum_j |G_ij| over i. Up to rounding, it is at least the largest eigenvalue. */
export function largestRowSum({ size, band, data }: BandMatrix): number {
  const sums = new Float64Array(size);
  for (let i = 0; i < size; i++)
    for (let j = Math.max(0, i - band); j <= i; j++) {
      const magnitude = Math.abs(data[rowOffset(band, i) + j]!);
      sums[i]! += magnitude;
      if (j < i) sums[j]! += magnitude;
    }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** The sum of the diagonal entries. */
export function trace({ size, band, data }: BandMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[rowOffset(band, i) + i]!;
  return sum;
}
