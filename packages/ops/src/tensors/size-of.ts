import type { Shape } from "./types.ts";

/** How many numbers a tensor of this shape has: the product of its sizes, and 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
