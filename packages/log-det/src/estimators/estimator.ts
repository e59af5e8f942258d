import { checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { LogDetProblem } from "../problem.ts";

/** What is known of J before it is seen. */
export interface ContractionBounds {
  /** L < 1, a bound on |J| in some l_p operator norm; hence |tr(J^k)| <= d L^k. */
  readonly lipschitz: number;
  /** d */
  readonly dimension: number;
}

/**
 * A way to obtain log|det(I + J)| from products with J. It knows nothing of where J comes from.
 *
 * Every estimator of this package assumes |J| < 1 in some l_p operator norm, so that det(I + J) > 0.
 */
export interface LogDetEstimator {
  /** Also the name under which `estimatorFromConfig` finds it. */
  readonly name: string;
  /** Of the value: exact to rounding, right in expectation, or truncated. */
  readonly kind: "exact" | "unbiased" | "biased";
  /** Bound on |bias| of the value, nats per example; 0 unless biased. */
  bias(bounds: ContractionBounds): number;
  /**
   * Whether it is fit for such a problem; whoever builds a layer asks once, at construction.
   * @throws ArgumentError that explains why not, and what would do: too many dimensions, an infinite variance.
   */
  check(bounds: ContractionBounds): void;
  /** `{ name, ... }`, from which `estimatorFromConfig` rebuilds it. */
  readonly config: JsonObject;
  /** [B], in nats, differentiable in everything the product closes over. Intermediate tensors are the caller's to tidy. */
  estimate(problem: LogDetProblem): Tensor;
}

/** @throws ArgumentError unless 0 <= L < 1 and d is a positive integer. */
export function checkContraction(where: string, { lipschitz, dimension }: ContractionBounds): void {
  if (!(lipschitz >= 0 && lipschitz < 1)) fail(`${where}: lipschitz`, "a number in [0, 1)", lipschitz);
  checkPositiveInteger(`${where}: dimension`, dimension);
}
