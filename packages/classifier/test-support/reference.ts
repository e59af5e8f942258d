/** The parameters and running statistics of a `pooledHead`, as plain numbers. */
export interface PooledNumbers {
  readonly logScale: readonly number[];
  readonly shift: readonly number[];
  /** [channels, classes], row by row. */
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

/** Mean and biased variance of each channel. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** The statistics of each channel over all examples and pixels, in float64. */
export function statisticsOf(values: ArrayLike<number>, channels: number): Statistics {
  const all = Array.from(values);
  const columns = Array.from({ length: channels }, (_, c) => all.filter((_, i) => i % channels === c));
  const mean = columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length);
  const variance = columns.map(
    (column, c) => column.reduce((a, b) => a + (b - mean[c]!) ** 2, 0) / column.length,
  );
  return { mean, variance };
}

/** The logits of a `pooledHead` in float64, [examples, classes] row by row. `z` are images [examples, pixels, channels]. */
export function pooledLogits(
  z: ArrayLike<number>,
  examples: number,
  { logScale, shift, weight, bias }: PooledNumbers,
  { mean, variance }: Statistics,
  epsilon = 1e-5,
): number[] {
  const [channels, classes] = [shift.length, bias.length];
  const perExample = z.length / examples;
  return Array.from({ length: examples }, (_, b) => {
    const pooled = shift.map((_, c) => {
      let total = 0;
      for (let i = c; i < perExample; i += channels) {
        const scale = Math.exp(logScale[c]!) / Math.sqrt(variance[c]! + epsilon);
        total += Math.max(0, (z[b * perExample + i]! - mean[c]!) * scale + shift[c]!);
      }
      return total / (perExample / channels);
    });
    return bias.map((start, k) => pooled.reduce((sum, v, c) => sum + v * weight[c * classes + k]!, start));
  }).flat();
}

/** log softmax of each row in float64. */
export function logSoftmaxOf(logits: readonly number[], classes: number): number[] {
  return Array.from({ length: logits.length / classes }, (_, b) => {
    const row = logits.slice(b * classes, (b + 1) * classes);
    const largest = Math.max(...row);
    const total = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    return row.map((value) => value - total);
  }).flat();
}
