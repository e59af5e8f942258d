import { cast, concat, expandDims, mul, reshape, selectRows, slice, sub, sum } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** What an evaluation of F(x) = y - g(x) told, all rows [R, d]. */
export interface Change {
  /** F(x) - F(b), b the best point before. */
  readonly df: Tensor;
  /** r(x) - r(b), where r(x) = F(x) - x is what a solution makes zero. */
  readonly dr: Tensor;
  /** [R, 1], whether x was a guess that did not contract: the history is misleading there. */
  readonly lost: Tensor;
}

/** Tensors [m, R, d], m the same in all of them. None before the first change. */
export type History = readonly Tensor[];

/**
 * A way to step further than F(b) from the evaluations before. Every row on its own; in tensors throughout, so that no step
 * waits for a number.
 */
export interface Acceleration {
  /** The history with one more change. Changes that are not finite, or say nothing new, leave no trace in it. */
  learn(history: History, change: Change): History;
  /** [R, d], to be added to F(b), from r(b). */
  correction(history: History, r: Tensor): Tensor;
}

/** <a_j, x> for each j: [m, R, d], [R, d] -> [m, R, 1] */
export function products(a: Tensor, x: Tensor): Tensor {
  return sum(mul(a, x), -1, true);
}

/** sum_j c_j a_j: [m, R, d], [m, R, 1] -> [R, d] */
export function combination(a: Tensor, c: Tensor): Tensor {
  return sum(mul(a, c), 0);
}

/** <a, b> of each row: [R, d] -> [R, 1] */
export function rowProducts(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), -1, true);
}

/** a [m, R, d] with x [R, d] at the end. */
export function append(a: Tensor | undefined, x: Tensor): Tensor {
  const last = expandDims(x, 0);
  return a === undefined ? last : concat([a, last], 0);
}

/** a [m, R, d] without its oldest; undefined where nothing is left. */
export function withoutOldest(a: Tensor): Tensor | undefined {
  const [m, ...rest] = a.shape as [number, number, number];
  return m === 1 ? undefined : slice(a, [1, 0, 0], [m - 1, ...rest]);
}

/** a [m, R, d] with zeros in the rows that `lost` [R, 1] names. */
export function forgetIn(lost: Tensor, a: Tensor | undefined): Tensor | undefined {
  return a && mul(a, sub(1, cast(lost, "float32")));
}

/** Row by row a or b [R, n], by a condition [R, 1]. */
export function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return selectRows(reshape(condition, [-1]), a, b);
}
