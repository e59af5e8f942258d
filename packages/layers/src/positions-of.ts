import { sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";

/** How many vectors along the last axis an example has: H * W for [H, W, C], and 1 for [features]. */
export function positionsOf(shape: Shape): number {
  return sizeOf(shape.slice(0, -1));
}
