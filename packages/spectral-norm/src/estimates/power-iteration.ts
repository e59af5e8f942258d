import { checkPositiveInteger } from "@invertible/errors";
import { add, div, mul, sqrt, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { normalise, squaredNorm } from "./normalise.ts";

/** An estimate of the largest singular value of A with its singular vectors: sigma = <u, A v>, |u| = |v| = 1. */
export interface SingularTriple {
  /** The left singular vector, [1, ...outputShape]. */
  readonly u: Tensor;
  /** The right singular vector, [1, ...inputShape]. */
  readonly v: Tensor;
  /** The singular value, a scalar. Apart from rounding it is never above the true norm. */
  readonly sigma: Tensor;
}

/**
 * Estimates the largest singular value of an operator by power iteration. It repeats u = A v / |A v|, v = A'u / |A'u|, and then
 * sets sigma = <u, A v> = |A'u|. Nothing is read back. If A v = 0, v stays as it was and sigma is 0.
 *
 * The estimate rises to the norm |A|, with an error like (sigma_2/sigma_1)^(4 iterations). This is slow for convolutions, whose
 * largest singular values lie close together; `operatorNorm` is far faster from a cold start.
 *
 * @param v [1, ...inputShape], any nonzero vector with a part along the leading singular vector
 * @throws ArgumentError unless `iterations` is a positive integer.
 */
export function powerIteration(operator: LinearOperator, v: Tensor, iterations: number): SingularTriple {
  checkPositiveInteger("powerIteration: iterations", iterations);
  return tidy(() => {
    const { image, back } = iterate(operator, v, iterations);
    const length = sqrt(squaredNorm(image));
    return {
      ...vectorsOf(image, back, v),
      sigma: div(sqrt(squaredNorm(back)), add(length, 1e-30)),
    };
  });
}

/** The vectors of `powerIteration`, without the work of sigma. */
export function singularVectors(operator: LinearOperator, v: Tensor, iterations: number): Pair {
  return tidy(() => {
    const { image, back } = iterate(operator, v, iterations);
    return vectorsOf(image, back, v);
  });
}

/** Both singular vectors. */
export type Pair = { readonly u: Tensor; readonly v: Tensor };

/** A v and A'A v of the last v. */
function iterate(operator: LinearOperator, v: Tensor, iterations: number) {
  let image = operator.apply(v);
  let back = operator.adjoint(image);
  for (let i = 1; i < iterations; i++) {
    image = operator.apply(normalise(back));
    back = operator.adjoint(image);
  }
  return { image, back };
}

function vectorsOf(image: Tensor, back: Tensor, start: Tensor): Pair {
  return {
    u: normalise(image),
    // The added part is below float32 rounding, unless A v = 0.
    v: normalise(add(normalise(back), mul(start, 1e-9))),
  };
}
