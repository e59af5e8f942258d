import { add, concat, createRandom, div, eye, matMul, mul, reshape, sub, sum, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { normalise } from "./normalise.ts";

/** Up to this many dimensions, the Gram matrix of the whole space costs less than a round of Lanczos. */
const wholeSpace = 128;

/** Whether one call of `improve` finds the leading singular vector, with nothing left to iterate. */
export const isDirect = (dimension: number) => dimension <= wholeSpace;

/**
 * A better estimate of A's leading right singular vector than v, reading nothing back.
 *
 * @param v [1, ...inputShape], of length 1; kept where A = 0
 * @param size for Lanczos: pairs of products with A and A'
 * @returns the same shape, of length 1
 */
export function improve(operator: LinearOperator, v: Tensor, size: number): Tensor {
  return tidy(() => {
    const row = reshape(v, [1, v.size]);
    const better = isDirect(v.size) ? fromWholeSpace(operator, v.size) : fromKrylovSpace(operator, row, size);
    return reshape(normalise(add(better, mul(row, 1e-9))), v.shape);
  });
}

/** The leading eigenvector of A'A itself, from the images of all unit vectors at once. */
function fromWholeSpace(operator: LinearOperator, dimension: number): Tensor {
  const images = operator.apply(reshape(eye(dimension), [dimension, ...operator.inputShape]));
  const rows = reshape(images, [dimension, -1]);
  return leadingEigenvector(matMul(rows, rows, false, true));
}

/**
 * One round of Golub-Kahan-Lanczos: an orthonormal basis V of span{v, A'A v, ..., (A'A)^(size-1) v}, and the unit vector V's of
 * that space with the largest |A V's|. Costs about as much as `size` power iterations; its error falls with the square root
 * of the gap between the leading singular values, where power iteration's falls with the gap.
 *
 * A little of a fixed generic direction is mixed into the second basis vector. It is all there is once v is a singular
 * vector, so v cannot stay at a lower one.
 */
function fromKrylovSpace(operator: LinearOperator, v: Tensor, size: number): Tensor {
  const [, dimension] = v.shape as [number, number];
  const { inputShape } = operator;
  const gramTimes = (x: Tensor) =>
    tidy(() => reshape(operator.adjoint(operator.apply(reshape(x, [1, ...inputShape]))), [1, dimension]));
  let basis = v;
  const products = [gramTimes(v)];
  for (let j = 1; j < size; j++) {
    const next = normalise(products.at(-1)!);
    const generic = j === 1 ? add(next, mul(genericDirection(dimension), 1e-6)) : next;
    const fresh = orthogonalise(generic, basis);
    basis = concat([basis, fresh], 0);
    products.push(gramTimes(fresh));
  }
  // V A'A V', in the smaller space: the images A V may be many times larger.
  const projected = matMul(concat(products, 0), basis, false, true);
  return matMul(leadingEigenvector(projected), basis);
}

/** Twice is enough, also for pure rounding noise, because the first result is scaled up before the second pass. */
function orthogonalise(x: Tensor, basis: Tensor): Tensor {
  const once = (y: Tensor) => normalise(sub(y, matMul(matMul(y, basis, false, true), basis)));
  return once(once(x));
}

/** Pairs of squarings: what the power 2^16 leaves of other eigenvectors costs the estimate less than 2e-6. */
const pairs = 8;

/** A row vector near the leading eigenvector of a symmetric positive semidefinite H [n, n], by repeated squaring. */
function leadingEigenvector(h: Tensor): Tensor {
  const [n] = h.shape as [number];
  const identity = eye(n);
  // Between two scalings the largest eigenvalue stays above n^-4.
  const scaled = (m: Tensor) => div(m, add(sum(mul(m, identity)), 1e-30));
  const squared = (m: Tensor) => matMul(m, m);
  let power = scaled(h);
  for (let i = 0; i < pairs; i++) power = scaled(squared(squared(power)));
  return normalise(matMul(genericDirection(n), power));
}

/** The same at every call, with a part along every vector that is not constructed against it. [1, dimension] */
function genericDirection(dimension: number): Tensor {
  return normalise(createRandom(1929).uniform([1, dimension], -1, 1));
}
