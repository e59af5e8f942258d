import { NonFiniteError } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

export interface Moments {
  readonly mean: Float64Array;
  /** Divided by the count, not by the count less one. */
  readonly variance: Float64Array;
}

/**
 * Mean and variance of each last-axis channel over all other axes, in float64 by two passes, since the variance
 * of data far from zero is lost in float32.
 *
 * @throws NonFiniteError naming the first channel that holds NaN or infinity.
 */
export async function channelMoments(where: string, x: Tensor): Promise<Moments> {
  const channels = x.shape.at(-1)!;
  const values = await x.data();
  const count = values.length / channels;
  const average = (term: (value: number, channel: number) => number) => {
    const total = new Float64Array(channels);
    for (let i = 0; i < values.length; i++) total[i % channels]! += term(values[i]!, i % channels);
    return total.map((sum) => sum / count);
  };
  const mean = average((value) => value);
  const bad = mean.findIndex((m) => !Number.isFinite(m));
  if (bad >= 0)
    throw new NonFiniteError(
      `${where}: expected finite values, received ${mean[bad]} as the mean of channel ${bad}`,
    );
  return { mean, variance: average((value, channel) => (value - mean[channel]!) ** 2) };
}
