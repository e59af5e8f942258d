import {
  abs,
  add,
  div,
  exp,
  greater,
  log,
  max,
  mul,
  onesLike,
  sqrt,
  square,
  sum,
  tidy,
  where,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/** |x|_p of each row, 1 <= p <= Infinity: [R, d] -> [R, 1]. NaN and infinity stay non-finite. */
export function rowNorms(x: Tensor, p: VectorNorm): Tensor {
  return tidy(() => {
    if (p === 2) return sqrt(sum(square(x), 1, true));
    const sizes = abs(x) as Tensor;
    if (p === 1) return sum(sizes, 1, true);
    const largest = max(sizes, [1], true);
    // The maximum of a row with NaN may be a number.
    if (p === Infinity) return add(largest, mul(sum(x, 1, true), 0));
    // Relative to the largest, or the powers overflow.
    const scale = where(greater(largest, 0), largest, onesLike(largest));
    return mul(scale, exp(div(log(sum(exp(mul(log(div(sizes, scale)), p)), 1, true)), p)));
  });
}

/** c with |x|_q <= c |x|_p in d dimensions, reached: d^(1/q - 1/p) for p > q, else 1. */
export function normRatio(p: VectorNorm, q: VectorNorm, dimension: number): number {
  return p > q ? dimension ** (1 / q - 1 / p) : 1;
}
