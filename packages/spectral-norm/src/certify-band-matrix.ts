/**
 * The lower half of a symmetric matrix whose entries (i, j) are zero where |i - j| > band: entry (i, j), i - band <= j <= i, is
 * `data[i * (band + 1) + band + j - i]`, so that rows lie in order.
 */
export interface BandMatrix {
  readonly size: number;
  readonly band: number;
  readonly data: Float64Array;
}

export function bandMatrix(size: number, band: number): BandMatrix {
  const width = Math.min(band, size - 1);
  return { size, band: width, data: new Float64Array(size * (width + 1)) };
}

/** Where entry (i, j) lies, i - band <= j <= i. */
export const at = (band: number, i: number, j: number): number => i * (band + 1) + band + j - i;

/** G x */
export function times({ size, band, data }: BandMatrix, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const start = i * (band + 1) + band - i;
    const xi = x[i]!;
    let sum = data[start + i]! * xi;
    for (let j = Math.max(0, i - band); j < i; j++) {
      const entry = data[start + j]!;
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
      const magnitude = Math.abs(data[at(band, i, j)]!);
      sums[i]! += magnitude;
      if (j < i) sums[j]! += magnitude;
    }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

export function trace({ size, band, data }: BandMatrix): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += data[at(band, i, i)]!;
  return sum;
}
