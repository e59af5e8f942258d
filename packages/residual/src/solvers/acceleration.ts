import { cast, concat, expandDims, mul, reshape, selectRows, slice, sub, sum } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** What an evaluation of F(x) = y - g(x) showed, for all rows [R, d]. */
export interface Change {
  /** F(x) - F(b), where b is the best point before. */
  readonly df: Tensor;
  /** r(x) - r(b), where r(x) = F(x) - x. A solution makes r zero. */
  readonly dr: Tensor;
  /** Whether x was a guess that did not contract, for each row [R, 1]. The history is then misleading. */
  readonly lost: Tensor;
}

/** What a method remembers: tensors [m, R, d], with the same m in all of them. Empty before the first change. */
export type History = readonly Tensor[];

/**
 * A way to step further than F(b), based on earlier evaluations. Every row is treated on its own. Everything stays in tensors,
 * so no step waits for numbers to be read.
 */
export interface Acceleration {
  /** Adds a change to the history. A change that is not finite, or that says nothing new, leaves no trace in it. */
  learn(history: History, change: Change): History;
  /** The step [R, d] to be added to F(b), computed from r(b). */
  correction(history: History, r: Tensor): Tensor;
}

/** <a_j, x> for each j: [m, R, d], [R, d] -> [m, R, 1]. */
export function products(a: Tensor, x: Tensor): Tensor {
  return sum(mul(a, x), -1, true);
}

/** sum_j c_j a_j: [m, R, d], [m, R, 1] -> [R, d]. */
export function combination(a: Tensor, c: Tensor): Tensor {
  return sum(mul(a, c), 0);
}

/** <a, b> of each row: [R, d] -> [R, 1]. */
export function rowProducts(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a, b), -1, true);
}

/** Appends x [R, d] to a [m, R, d]. */
export function append(a: Tensor | undefined, x: Tensor): Tensor {
  const last = expandDims(x, 0);
  return a === undefined ? last : concat([a, last], 0);
}

/** Removes the oldest entry from a [m, R, d]. Undefined where nothing is left. */
export function withoutOldest(a: Tensor): Tensor | undefined {
  const [m, ...rest] = a.shape as [number, number, number];
  return m === 1 ? undefined : slice(a, [1, 0, 0], [m - 1, ...rest]);
}

/** Replaces the rows that `lost` [R, 1] names by zeros in a [m, R, d]. */
export function forgetIn(lost: Tensor, a: Tensor | undefined): Tensor | undefined {
  return a && mul(a, sub(1, cast(lost, "float32")));
}

/** Chooses each row from a or b [R, n], by a condition [R, 1]. */
export function choose(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  return selectRows(reshape(condition, [-1]), a, b);
}
