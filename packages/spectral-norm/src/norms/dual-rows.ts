import type { VectorNorm } from "@invertible/certificates";
import {
  abs,
  add,
  div,
  equal,
  exp,
  log,
  max,
  maximum,
  mul,
  range,
  neg,
  step,
  sub,
  square,
  sum,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { cast } from "@invertible/ops";

// Keeps rows of zeros free of NaN.
const tiny = 1e-30;

/** The l_p norm of each row: [R, n] -> [R, 1]. */
export function rowNorms(x: Tensor, p: VectorNorm): Tensor {
  return tidy(() => {
    const largest = add(max(abs(x), 1, true), tiny);
    if (p === Infinity) return largest;
    return mul(largest, power(sum(power(div(abs(x), largest), p), 1, true), 1 / p));
  });
}

/**
 * For each row y, the vector u with <u, y> = |y|_p and |u| = 1 in the norm dual to l_p: sign(y) |y|^(p-1) / |y|_p^(p-1). For p
 * = Infinity it is the sign of the largest entry (the first of several) and 0 elsewhere. For y = 0 it is 0. [R, n] -> [R, n].
 */
export function dualRows(y: Tensor, p: VectorNorm): Tensor {
  return tidy(() => {
    if (p === 1) return signs(y);
    if (p === Infinity) return mul(onlyLargest(abs(y)), signs(y));
    const relative = div(abs(y), add(max(abs(y), 1, true), tiny));
    const length = power(add(sum(power(relative, p), 1, true), tiny), (p - 1) / p);
    return mul(signs(y), div(power(relative, p - 1), length));
  });
}

/** Marks the largest entry of each row, or the first of several, by 1 and all others by 0. x >= 0 [R, n] with n below 2^24. */
export function onlyLargest(x: Tensor): Tensor {
  return tidy(() => {
    const largest = cast(equal(x, max(x, 1, true)), "float32");
    const rank = mul(largest, range(x.shape[1]!, 0, -1, "float32"));
    return cast(equal(rank, max(rank, 1, true)), "float32");
  });
}

/**
 * The sign of each number: -1, 0 or 1. The `sign` of TensorFlow.js gives 0 for small numbers on wasm, such as sign(1e-12) = 0.
 */
export function signs(x: Tensor): Tensor {
  return tidy(() => sub(step(x), step(neg(x))));
}

/** x^p for x >= 0 and p > 0. */
export function power(x: Tensor, p: number): Tensor {
  if (p === 1) return x.clone();
  if (p === 2) return square(x);
  // There is no special case for sqrt, since the cost of the logarithm does not matter here.
  return tidy(() => exp(mul(log(maximum(x, tiny)), p)));
}
