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

/**
 * The l_p norm of each row for 1 <= p <= Infinity: [R, d] -> [R, 1]. Rows with NaN or infinity get a norm that is not finite.
 */
export function rowNorms(x: Tensor, p: VectorNorm): Tensor {
  return tidy(() => {
    if (p === 2) return sqrt(sum(square(x), 1, true));
    const sizes = abs(x) as Tensor;
    if (p === 1) return sum(sizes, 1, true);
    const largest = max(sizes, [1], true);
    // `max` may ignore NaN, but the sum does not.
    if (p === Infinity) return add(largest, mul(sum(x, 1, true), 0));
    // Computed relative to the largest entry, because the powers would overflow otherwise.
    const scale = where(greater(largest, 0), largest, onesLike(largest));
    return mul(scale, exp(div(log(sum(exp(mul(log(div(sizes, scale)), p)), 1, true)), p)));
  });
}

/** The smallest c such that |x|_q <= c |x|_p in d dimensions. It is d^(1/q - 1/p) for p > q, and 1 otherwise. */
export function normRatio(p: VectorNorm, q: VectorNorm, dimension: number): number {
  return p > q ? dimension ** (1 / q - 1 / p) : 1;
}
