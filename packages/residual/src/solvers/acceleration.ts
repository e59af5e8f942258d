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
