import type { DerivativeCase, Input } from "./derivative-check.ts";
import type { Tensor } from "../src/tensors/types.ts";

export const input = (shape: readonly number[], low = -2, high = 2): Input => ({ shape, low, high });

/** One input, one number at a time. */
export function pointwise(
  name: string,
  f: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  intervals: [number, number][] = [[-2, 2]],
): DerivativeCase[] {
  return intervals.map(([low, high]) => ({
    name: intervals.length > 1 ? `${name} on [${low}, ${high}]` : name,
    f,
    inputs: [input([7], low, high)],
    reference: (x) => x!.map(reference),
  }));
}

/** Two inputs of the same shape, one pair of numbers at a time. */
export function pairwise(
  name: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  reference: (a: number, b: number) => number,
  a = input([5]),
  b = input([5]),
): DerivativeCase {
  return {
    name,
    f: (x, y) => f(x!, y!),
    inputs: [a, b],
    reference: (x, y) => x!.map((p, i) => reference(p, y![i]!)),
  };
}

/** A map that is linear in each input. */
export function linear(name: string, f: (...xs: Tensor[]) => Tensor, ...shapes: number[][]): DerivativeCase {
  return { name, f, inputs: shapes.map((shape) => input(shape, -1, 1)) };
}
