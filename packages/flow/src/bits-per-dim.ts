import { checkPositiveInteger } from "@invertible/errors";

/**
 * Converts a log-probability to bits per dimension, -logProb / (dimension ln 2), which lets images of different sizes be
 * compared.
 *
 * For images of integers 0..bins-1, `logProb` must be the log-probability of the integers themselves. A flow that begins with
 * `uniformDequantisation` gives this. Its log-det contains -dimension ln(bins), which is the term `+ log2(bins)` that other
 * texts add here.
 *
 * @param logProb in nats, of one example or the mean over many
 * @param dimension number of elements of one example
 * @throws ArgumentError unless `dimension` is a positive integer.
 */
export function bitsPerDim(logProb: number, dimension: number): number {
  checkPositiveInteger("bitsPerDim dimension", dimension);
  return -logProb / (dimension * Math.LN2);
}
