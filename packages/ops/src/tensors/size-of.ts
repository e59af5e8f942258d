import type { Shape } from "./types.ts";

/** Numbers in a tensor of this shape: the product of its sizes, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
