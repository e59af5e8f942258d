import { NonFiniteError, fail } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";

/** Mean and variance of each channel. */
export interface Moments {
  /** The means. */
  readonly mean: Float64Array;
  /** The unbiased estimates of the variances, which divide by the count less one. 0 for a single number. */
  readonly variance: Float64Array;
}

/**
 * Computes the mean and variance of each channel of the last axis over all other axes. It takes two passes in float64, since
 * float32 would lose the variance of data far from zero.
 *
 * @throws ArgumentError for an empty batch.
 * @throws NonFiniteError naming the first channel that holds NaN or infinity.
 */
export async function channelMoments(where: string, x: Tensor): Promise<Moments> {
  if (x.size === 0) fail(where, "at least one example", 0);
  const channels = x.shape.at(-1)!;
  const values = await x.data();
  const count = values.length / channels;
  const total = (term: (value: number, channel: number) => number) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) sums[i % channels]! += term(values[i]!, i % channels);
    return sums;
  };
  const mean = total((value) => value).map((sum) => sum / count);
  const bad = mean.findIndex((m) => !Number.isFinite(m));
  if (bad >= 0)
    throw new NonFiniteError(
      `${where}: expected finite values, received ${mean[bad]} as the mean of channel ${bad}`,
    );
  const squares = total((value, channel) => (value - mean[channel]!) ** 2);
  return { mean, variance: squares.map((sum) => sum / Math.max(1, count - 1)) };
}
