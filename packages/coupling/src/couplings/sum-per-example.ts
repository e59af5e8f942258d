import { reshape, sizeOf, sum } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** [B, ...] -> [B]. Not by a size of -1, which an empty batch leaves open. */
export function sumPerExample(x: Tensor): Tensor {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  return sum(x.rank > 2 ? reshape(x, [batch, sizeOf(shape)]) : x, 1);
}
