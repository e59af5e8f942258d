import type { Tensor } from "@invertible/ops";

/**
 * Lets a part of a composite see only some of the numbers of a value, while the others stay as they are. With v the value
 * before the part f and w the value after it:
 *
 *     w = put(v, f(take(v))),   v = putBack(w, f^-1(takeResult(w))).
 *
 * The four maps may only move numbers, each to one place. Then they can be applied to gradients as well as to values, and the
 * log-det of the whole step is that of f.
 */
export interface Embedding {
  /** Takes the input of the part out of v. */
  take(v: Tensor): Tensor;
  /** Puts the result of the part in the place of its input in v, which gives w. */
  put(v: Tensor, result: Tensor): Tensor;
  /** Takes the result of the part out of w. */
  takeResult(w: Tensor): Tensor;
  /** Puts the input of the part in the place of its result in w, which gives v. */
  putBack(w: Tensor, input: Tensor): Tensor;
}
