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

/** A result with its uncertainty. */
export interface Estimate {
  readonly value: number;
  /** Over the examples where there is one seed, else over the seeds. */
  readonly standardError: number;
  /** Over the examples of one seed; null where there is one seed. */
  readonly ofExamples: number | null;
}

/** Of one or more seeds. The error over examples is the root of the mean of their squares. */
export function estimateFrom(seeds: readonly OverExamples[]): Estimate {
  const [first] = seeds;
  if (first && seeds.length === 1)
    return { value: first.value, standardError: first.standardError, ofExamples: null };
  const { mean, standardError } = meanOverSeeds(seeds.map(({ value }) => value));
  const ofExamples = Math.sqrt(meanOverSeeds(seeds.map((each) => each.standardError ** 2)).mean);
  return { value: mean, standardError, ofExamples };
}

/** "2.784 ± 0.012" for one seed, "2.391 ± 0.004 (± 0.012)" for several. */
export function formatEstimate({ value, standardError, ofExamples }: Estimate): string {
  const text = formatWithError(value, standardError);
  return ofExamples === null ? text : `${text} (± ${formatError(ofExamples)})`;
}
