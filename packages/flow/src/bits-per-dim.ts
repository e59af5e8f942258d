import { checkPositiveInteger } from "@invertible/errors";

/**
 * Bits per dimension, -logProb / (dimension ln 2).
 *
 * For images of integers 0..bins-1 the log-probability must be that of the integers themselves, as a flow with
 * `uniformDequantisation` gives it: its log-det of -dimension ln(bins) is the `+ log2(bins)` other texts add here.
 *
 * @param logProb nats, of one example or the mean over many
 * @throws ArgumentError unless `dimension` is a positive integer.
 */
export function bitsPerDim(logProb: number, dimension: number): number {
  checkPositiveInteger("bitsPerDim dimension", dimension);
  return -logProb / (dimension * Math.LN2);
}
