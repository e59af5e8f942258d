import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds } from "./estimator.ts";
import type { LogDetProblem } from "../problem.ts";

/** A scalar per example whose gradient estimates that of log det(I + J). */
export interface LogDetSurrogate {
  /** [B]. Only its gradient is meaningful; its value is not a log-det. */
  readonly surrogate: Tensor;
}

/**
 * A way to compute the gradient of log det(I + J) without its value. `withGradient` combines it with a `LogDetEstimator`, whose
 * value is then reported.
 */
export interface LogDetGradient {
  /** Name of the gradient. */
  readonly name: string;
  /** Whether the gradient is right on average, or truncated. */
  readonly kind: "unbiased" | "biased";
  /** `{ name, ... }`, the JSON from which it is rebuilt. */
  readonly config: JsonObject;
  /**
   * The gradient has the form tr(A dJ), with A standing for (I + J)^-1. This is an upper bound on |E[A] - (I + J)^-1| in the
   * norm of `bounds`. 0 unless the gradient is biased.
   */
  bias(bounds: ContractionBounds): number;
  /**
   * Checks that it fits such a problem.
   *
   * @throws ArgumentError that explains why it does not fit and what would.
   */
  check(bounds: ContractionBounds): void;
  /**
   * Computes the surrogate. It is differentiable in everything that the product depends on. The gradient of each example has
   * that example's own weight.
   */
  surrogate(problem: LogDetProblem): LogDetSurrogate;
}
