/**
 * The lower half of a symmetric matrix whose entries (i, j) are zero where |i - j| > band. Rows lie one after another; the two
 * of a pair (0 and 1, 2 and 3, ...) begin at the same column, which is even, so that they can be worked on together. An odd size
 * has a row of zeros behind it. `band` is even for the same reason.
 */
export interface BandMatrix {
  readonly size: number;
  readonly band: number;
  readonly data: Float64Array;
}

/** Zeros. A band beyond the matrix is narrowed, and an odd one widened by one. */
export function bandMatrix(size: number, band: number): BandMatrix {
  const narrow = Math.min(band, size - 1);
  const even = narrow + (narrow % 2);
  return { size, band: even, data: new Float64Array((size + (size % 2)) * (even + 2)) };
}

/** Row i begins at column (i & ~1) - band; its entry (i, j) is `data[rowOffset + j]`. */
export const rowOffset = (band: number, i: number): number => i * (band + 2) + band - (i & ~1);

/** G x */
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

/** sum_j |G_ij|, largest over i: at least the largest eigenvalue, up to rounding. */
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

export function trace({ size, band, data }: BandMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[rowOffset(band, i) + i]!;
  return sum;
}
