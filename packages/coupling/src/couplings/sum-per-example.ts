import { reshape, sizeOf, sum } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Sums each example over all its axes, [B, ...] -> [B]. Reshaping to a size of -1 would not do, since that size is undetermined
 * for an empty batch.
 */
export function sumPerExample(x: Tensor): Tensor {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  return sum(x.rank > 2 ? reshape(x, [batch, sizeOf(shape)]) : x, 1);
}
