import { checkPositiveInteger, fail } from "@invertible/errors";
import { dispose, stack, tidy, withoutGradient } from "@invertible/ops";
import type { ContractionBounds, LogDetEstimator } from "./estimators/estimator.ts";
import type { LogDetProblem } from "./problem.ts";

/** What is known of log det(I + J), by example; all in nats. */
export interface LogDetEvidence {
  /** [B]: the mean of the estimates. */
  readonly value: Float64Array;
  /** [B]: the standard error of that mean, from the spread of the estimates; undefined where the estimator is exact. */
  readonly standardError: Float64Array | undefined;
  /** Worst-case bound on |E[value] - log det|; 0 unless the estimator is biased. */
  readonly bias: number;
}

export interface LogDetEvidenceOptions {
  readonly estimator: LogDetEstimator;
  readonly problem: LogDetProblem;
  readonly bounds: ContractionBounds;
  /** Independent estimates to average, each with the estimator's own probes. At least 2; default 8; 1 is enough where exact. */
  readonly repeats?: number;
}

/**
 * Repeats an estimate with keys split from the problem's, and reports mean, standard error and worst-case bias. So
 * |value - log det| <= bias + z * standardError up to float32 rounding, with the confidence of z standard errors of `repeats`
 * draws (Student's t with repeats - 1 degrees of freedom; no more than an indication for a law of infinite variance).
 *
 * The estimates are made off the tape and read once.
 *
 * @throws ArgumentError for repeats below 2 unless the estimator is exact, and from the estimator's `check`.
 */
export async function logDetEvidence(options: LogDetEvidenceOptions): Promise<LogDetEvidence> {
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
