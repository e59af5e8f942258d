import { checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { LogDetProblem } from "../problem.ts";

/** What is known about J before it is computed. */
export interface ContractionBounds {
  /** A bound L < 1 on |J| in some l_p operator norm. It implies |tr(J^k)| <= d L^k. */
  readonly lipschitz: number;
  /** The number d of values in one example. */
  readonly dimension: number;
}

/**
 * A way to compute log|det(I + J)| from products with J. It knows nothing about where J comes from.
 *
 * Every estimator of this package assumes |J| < 1 in some l_p operator norm, so that det(I + J) > 0.
 */
export interface LogDetEstimator {
  /** Name of the estimator, under which `estimatorFromConfig` finds it. */
  readonly name: string;
  /**
   * How good the value is. "exact": up to rounding. "unbiased": right on average over the random draws. "biased": truncated.
   */
  readonly kind: "exact" | "unbiased" | "biased";
  /** Upper bound on |bias| of the value, in nats per example. 0 unless it is biased. */
  bias(bounds: ContractionBounds): number;
  /**
   * Checks that the estimator fits such a problem. Whoever builds a layer calls it once, at construction.
   *
   * @throws ArgumentError that explains why it does not fit and what would: too many dimensions, an infinite variance.
   */
  check(bounds: ContractionBounds): void;
  /** `{ name, ... }`, the JSON from which `estimatorFromConfig` rebuilds it. */
  readonly config: JsonObject;
  /**
   * Estimates log|det(I + J)| [B] in nats. The result is differentiable in everything that the product depends on. The caller
   * disposes of intermediate tensors, usually by a `tidy`.
   */
  estimate(problem: LogDetProblem): Tensor;
}

/**
 * Checks the bounds of a problem.
 *
 * @throws ArgumentError unless 0 <= L < 1 and d is a positive integer.
 */
export function checkContraction(where: string, { lipschitz, dimension }: ContractionBounds): void {
  if (!(lipschitz >= 0 && lipschitz < 1)) fail(`${where}: lipschitz`, "a number in [0, 1)", lipschitz);
  checkPositiveInteger(`${where}: dimension`, dimension);
}
