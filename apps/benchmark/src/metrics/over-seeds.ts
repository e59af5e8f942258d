import { formatError, formatWithError } from "../results/format.ts";

/** The mean of several numbers and its standard error, s / sqrt(n) with the sample's standard deviation s. NaN for n = 1. */
export function meanOverSeeds(values: readonly number[]): {
  readonly mean: number;
  readonly standardError: number;
} {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n < 2 ? NaN : Math.sqrt(squares / (n - 1) / n) };
}

/** A measured mean over examples, with its standard error. */
interface OverExamples {
  readonly value: number;
  readonly standardError: number;
}

/** The mean over seeds with its standard error, and that over the examples of one seed: "2.391 ± 0.004 (± 0.012)". */
export function overSeedsAndExamples(values: readonly OverExamples[]): string {
  const { mean, standardError } = meanOverSeeds(values.map(({ value }) => value));
  const ofExamples = Math.sqrt(meanOverSeeds(values.map((each) => each.standardError ** 2)).mean);
  return `${formatWithError(mean, standardError)} (± ${formatError(ofExamples)})`;
}
