import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { dispose, stack, tidy, withoutGradient } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimators/estimator.ts";
import type { LogDetProblem } from "./problem.ts";

/** What is known about log det(I + J) of each example. All numbers are in nats. */
export interface LogDetEvidence {
  /** The mean of the estimates, [B]. */
  readonly value: Float64Array;
  /**
   * The standard error of that mean, [B], computed from the spread of the estimates. Undefined where the estimator is exact.
   */
  readonly standardError: Float64Array | undefined;
  /** Worst-case bound on |E[value] - log det|. 0 unless the estimator is biased. */
  readonly bias: number;
}

/** Options of `logDetEvidence`. */
export interface LogDetEvidenceOptions {
  /** The estimator to repeat. */
  readonly estimator: LogDetEstimator;
  /** What to estimate. */
  readonly problem: LogDetProblem;
  /** What is known about J, for the bound on the bias. */
  readonly bounds: ContractionBounds;
  /**
   * How many independent estimates to average, each with the estimator's own probes. At least 2, default 8. For an exact
   * estimator 1 is enough, and the default.
   */
  readonly repeats?: number;
}

/**
 * Repeats an estimate with different random keys, and reports its mean, standard error and worst-case bias. Up to float32
 * rounding, |value - log det| <= bias + z * standardError holds with the confidence of z standard errors of `repeats` draws
 * (Student's t with repeats - 1 degrees of freedom). If the law of a roulette has infinite variance, this is only an
 * indication.
 *
 * The keys are split from the problem's key. The estimates are not recorded for gradients, and are read back once.
 *
 * @throws ArgumentError for repeats below 2 unless the estimator is exact, and from the estimator's `check`.
 */
export async function logDetEvidence(options: LogDetEvidenceOptions): Promise<LogDetEvidence> {
  checkOptions("logDetEvidence", options, {
    estimator: "required",
    problem: "required",
    bounds: "required",
    repeats: "optional",
  });
  const { estimator, problem, bounds } = options;
  const exact = estimator.kind === "exact";
  const { repeats = exact ? 1 : 8 } = options;
  checkPositiveInteger("logDetEvidence: repeats", repeats);
  if (repeats === 1 && !exact)
    fail("logDetEvidence: repeats", "at least 2, from which to see the spread", repeats);
  estimator.check(bounds);
  const estimates = withoutGradient(() =>
    stack(
      problem.random.split(repeats).map((random) => tidy(() => estimator.estimate({ ...problem, random }))),
    ),
  );
  const numbers = await estimates.data().finally(() => dispose(estimates));
  const value = new Float64Array(problem.batch);
  const standardError = new Float64Array(problem.batch);
  for (let b = 0; b < problem.batch; b++) {
    const draws = Float64Array.from({ length: repeats }, (_, r) => numbers[r * problem.batch + b]!);
    value[b] = draws.reduce((total, x) => total + x, 0) / repeats;
    const squares = draws.reduce((total, x) => total + (x - value[b]!) ** 2, 0);
    standardError[b] = Math.sqrt(squares / (repeats - 1) / repeats);
  }
  return { value, standardError: exact ? undefined : standardError, bias: estimator.bias(bounds) };
}
