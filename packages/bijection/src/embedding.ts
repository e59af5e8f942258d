import type { Tensor } from "@invertible/ops";

/**
 * How a part sees some of the numbers of a value, the others staying as they are. The four maps only move numbers, each to one
 * place: so what they do to values they do to gradients, and the log-det of the whole is that of the part.
 *
 * With v the value before the part and w the value after it:
 *
 *     w = put(v, f(take(v))),   v = putBack(w, f^-1(takeResult(w))).
 */
export interface Embedding {
  /** v -> the input of the part. */
  take(v: Tensor): Tensor;
  /** v, and the part's result -> w. */
  put(v: Tensor, result: Tensor): Tensor;
  /** w -> the part's result in it. */
  takeResult(w: Tensor): Tensor;
  /** w, and the part's input -> v. */
  putBack(w: Tensor, input: Tensor): Tensor;
}
