import { mul, ones, sizeOf } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/** A log-det that is the same for every example: [B] filled with `value`, and differentiable in it. */
export function perExample(batchOf: Tensor, value: Tensor | number): Tensor {
  return mul(ones([batchOf.shape[0]!]), value);
}

/** How many vectors along the last axis an example has: H * W for [H, W, C], and 1 for [features]. */
export function positionsOf(shape: Shape): number {
  return sizeOf(shape.slice(0, -1));
}
