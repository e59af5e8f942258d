import type { JsonObject } from "@invertible/errors";
import { mul, reshape, sizeOf, sum, tidy } from "@invertible/ops";
import type { Random, Shape, Tensor } from "@invertible/ops";

/**
 * How the trace of df/dz is obtained: from products with some vectors v_1, ..., v_S of every example, as
 *
 *     tr(J) = weight * sum_s <v_s, J v_s>,
 *
 * exactly or on average. The vectors stay the same for a whole solve. The integrand is then as smooth as f, and the integral
 * of unbiased estimates is unbiased.
 */
export interface TraceEstimator {
  /** Its name, as in `config`. */
  readonly name: string;
  /** Whether one value is exact up to rounding, or right on average over random keys. */
  readonly kind: "exact" | "unbiased";
  /** The factor of the sum. */
  readonly weight: number;
  /** How many vectors S an example of so many numbers has. */
  count(dimension: number): number;
  /** @throws ArgumentError for examples of so many numbers that this estimator refuses them. */
  check(where: string, dimension: number): void;
  /** Makes the vectors of a batch, [S B, ...shape]. An exact one reads no key. */
  vectors(problem: VectorProblem): Tensor;
  /** The JSON from which it is rebuilt. */
  readonly config: JsonObject;
}

/** For which batch vectors are made. */
export interface VectorProblem {
  /** The number B of examples. */
  readonly batch: number;
  /** Shape of one example. */
  readonly shape: Shape;
  /** The key from which they are drawn. */
  readonly random: Random;
}

/** weight * sum_s <v_s, w_s> for each example: [S B, ...] -> [B]. */
export function weightedProducts(v: Tensor, w: Tensor, batch: number, weight: number): Tensor {
  return tidy(() => {
    const rows = v.shape[0]!;
    const products = sum(reshape(mul(v, w), [rows, sizeOf(v.shape.slice(1))]), 1);
    const total = rows === batch ? products : sum(reshape(products, [rows / batch, batch]), 0);
    return weight === 1 ? total : mul(total, weight);
  });
}
