import { add, concat, div, eye, matMul, mul, ones, reshape, sub, sum, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { normalise } from "./normalise.ts";

/** Squarings of the projected matrix: H^4096 separates eigenvalues that differ by 0.1 % by a factor of 60. */
const squarings = 12;

/**
 * One round of Golub-Kahan-Lanczos for the largest singular value: an orthonormal basis V of
 * span{v, A'A v, ..., (A'A)^(size-1) v}, and the unit vector V's of that space with the largest |A V's|. Costs about as much as `size`
 * power iterations and is never worse than them; its error falls with the square root of the gap between the leading singular
 * values, where power iteration's falls with the gap.
 *
 * Reads nothing back: the eigenvector of the small matrix H = (AV)'(AV) is found by repeated squaring. Where the space
 * is exhausted, rounding noise, orthogonalised, takes the place of the next basis vector: it acts as a random restart, so a
 * vector stuck at a lower singular value gets away from it.
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
      const next = orthogonalise(reshape(operator.adjoint(shaped), [1, length]), basis);
      last = reshape(operator.apply(reshape(next, v.shape)), [1, -1]);
      basis = concat([basis, next], 0);
      images = concat([images, last], 0);
    }
    const coefficients = leadingEigenvector(matMul(images, images, false, true), columns);
    // v itself, where A = 0 and nothing can be learned.
    return normalise(reshape(add(matMul(coefficients, basis), mul(reshape(v, [1, length]), 1e-9)), v.shape));
  });
}

/** Twice is enough, also for pure rounding noise, because the first result is scaled up before the second pass. */
function orthogonalise(x: Tensor, basis: Tensor): Tensor {
  const once = (y: Tensor) => normalise(sub(y, matMul(matMul(y, basis, false, true), basis)));
  return once(once(normalise(x)));
}

/** A row vector near the leading eigenvector of a symmetric positive semidefinite H [n, n]. */
function leadingEigenvector(h: Tensor, n: number): Tensor {
  const identity = eye(n);
  const scaled = (m: Tensor) => div(m, add(sum(mul(m, identity)), 1e-30));
  let power = scaled(h);
  for (let i = 0; i < squarings; i++) power = scaled(matMul(power, power));
  return normalise(matMul(ones([1, n]), power));
}
