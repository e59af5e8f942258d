import {
  add,
  concat,
  createRandom,
  div,
  eye,
  matMul,
  mul,
  ones,
  reshape,
  sub,
  sum,
  tidy,
} from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { normalise } from "./normalise.ts";

/** Of the projected matrix. A mixture of eigenvectors left by H^(2^16) costs the estimate less than 2e-6. */
const squarings = 16;

/**
 * One round of Golub-Kahan-Lanczos for the largest singular value: an orthonormal basis V of
 * span{v, A'A v, ..., (A'A)^(size-1) v}, and the unit vector V's of that space with the largest |A V's|. Costs about as much as
 * `size` power iterations; its error falls with the square root of the gap between the leading singular values, where
 * power iteration's falls with the gap.
 *
 * Reads nothing back: the eigenvector of the small matrix H = (AV)'(AV) is found by repeated squaring. A little of a
 * fixed generic direction is mixed into the second basis vector: it is all there is once v is a singular vector, so v cannot stay
 * at a lower one.
 *
 * @param v [1, ...inputShape], of length 1
 * @returns the improved v, of the same shape and length 1
 */
export function krylovRound(operator: LinearOperator, v: Tensor, size: number): Tensor {
  return tidy(() => {
    const length = v.size;
    const columns = Math.min(size, length);
    let basis = reshape(v, [1, length]);
    let images = reshape(operator.apply(v), [1, -1]);
    let last = images;
    for (let j = 1; j < columns; j++) {
      const shaped = reshape(last, [1, ...operator.outputShape]);
      const back = normalise(reshape(operator.adjoint(shaped), [1, length]));
      const next = orthogonalise(j === 1 ? add(back, mul(genericDirection(length), 1e-6)) : back, basis);
      last = reshape(operator.apply(reshape(next, v.shape)), [1, -1]);
      basis = concat([basis, next], 0);
      images = concat([images, last], 0);
    }
    const coefficients = leadingEigenvector(matMul(images, images, false, true), columns);
    // v itself, where A = 0 and nothing can be learned.
    return normalise(reshape(add(matMul(coefficients, basis), mul(reshape(v, [1, length]), 1e-9)), v.shape));
  });
}

/** The same at every call, with a part along every singular vector that is not constructed against it. [1, length] */
function genericDirection(length: number): Tensor {
  return normalise(createRandom(1929).uniform([1, length], -1, 1));
}

/** Twice is enough, also for pure rounding noise, because the first result is scaled up before the second pass. */
function orthogonalise(x: Tensor, basis: Tensor): Tensor {
  const once = (y: Tensor) => normalise(sub(y, matMul(matMul(y, basis, false, true), basis)));
  return once(once(x));
}

/** A row vector near the leading eigenvector of a symmetric positive semidefinite H [n, n]. */
function leadingEigenvector(h: Tensor, n: number): Tensor {
  const identity = eye(n);
  const scaled = (m: Tensor) => div(m, add(sum(mul(m, identity)), 1e-30));
  let power = scaled(h);
  for (let i = 0; i < squarings; i++) power = scaled(matMul(power, power));
  return normalise(matMul(ones([1, n]), power));
}
