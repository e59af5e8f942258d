import { mul, reshape, sizeOf, sum } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/**
 * The estimate sigma = <G, W> of the norm, a scalar. Large weights are summed in two stages, because one long float32 sum has a
 * relative error of about 1e-6.
 */
export function linearNorm(weight: Tensor, normGradient: Tensor): Tensor {
  const products = mul(weight, normGradient);
  if (weight.size <= oneStage) return sum(products);
  return sum(sum(reshape(products, [-1, weight.shape.at(-1)!]), 1));
}

/** Largest size of a weight that is added up in one sum. In small layers a second sum would cost more than it is worth. */
const oneStage = 512;

/** How many numbers each stage of `linearNorm` adds up. */
export function sumLengths(shape: Shape): readonly number[] {
  const size = sizeOf(shape);
  return size <= oneStage ? [size] : [size / shape.at(-1)!, shape.at(-1)!];
}
