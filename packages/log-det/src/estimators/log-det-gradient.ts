import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { ContractionBounds } from "./estimator.ts";
import type { LogDetProblem } from "../problem.ts";

/** [B], whose gradient estimates that of log det(I + J). Its value is not a log-det and means nothing. */
export interface LogDetSurrogate {
  readonly surrogate: Tensor;
}

/**
 * A way to obtain the gradient of log det(I + J), and no value. Not a `LogDetEstimator`: `withGradient` makes one of it together
 * with an estimator that has values to report.
 */
export interface LogDetGradient {
  readonly name: string;
  /** Of the gradient. */
  readonly kind: "unbiased" | "biased";
  /** `{ name, ... }` */
  readonly config: JsonObject;
  /** Bound on |E[A] - (I + J)^-1| in the norm of `bounds`, where the gradient is tr(A dJ); 0 unless biased. */
  bias(bounds: ContractionBounds): number;
  /** @throws ArgumentError that explains why it is not fit for such a problem, and what would do. */
  check(bounds: ContractionBounds): void;
  /** Differentiable in everything the product closes over; each example's with that example's own weight. */
  surrogate(problem: LogDetProblem): LogDetSurrogate;
}
