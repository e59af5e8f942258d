import { add, concat, createRandom, div, eye, matMul, mul, reshape, sub, sum, tidy } from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { normalise } from "./normalise.ts";

/** Largest dimension for which the Gram matrix of the whole space costs less than a round of Lanczos. */
const wholeSpace = 128;

/** Whether one call of `improve` finds the leading singular vector, so that nothing is left to iterate. */
export const isDirect = (dimension: number) => dimension <= wholeSpace;

/**
 * Improves an estimate v of A's leading right singular vector. Reads nothing back.
 *
 * @param v [1, ...inputShape], of length 1; returned unchanged where A = 0
 * @param size how many pairs of products with A and A' a Lanczos round takes
 * @returns a vector of the same shape and of length 1
 */
export function improve(operator: LinearOperator, v: Tensor, size: number): Tensor {
  return tidy(() => {
    const row = reshape(v, [1, v.size]);
    const better = isDirect(v.size) ? fromWholeSpace(operator, v.size) : fromKrylovSpace(operator, row, size);
    return reshape(normalise(add(better, mul(row, 1e-9))), v.shape);
  });
}

/** The leading eigenvector of A'A, from the images of all unit vectors at once. */
function fromWholeSpace(operator: LinearOperator, dimension: number): Tensor {
  const images = operator.apply(reshape(eye(dimension), [dimension, ...operator.inputShape]));
  const rows = reshape(images, [dimension, -1]);
  return leadingEigenvector(matMul(rows, rows, false, true));
}

/**
 * One round of Golub-Kahan-Lanczos. It builds an orthonormal basis V of span{v, A'A v, ..., (A'A)^(size-1) v}, and returns the
 * unit vector V's in that space with the largest |A V's|. It costs about as much as `size` power iterations but converges
 * faster: the gap between the leading singular values enters by its square root.
 *
 * A little of a fixed generic direction is mixed into the second basis vector. If v is already a singular vector, nothing else
 * would be left there, and v could stay at a lower singular vector for ever.
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
  // V A'A V' is formed in the smaller space, because the images A V may be many times larger.
  const projected = matMul(concat(products, 0), basis, false, true);
  return matMul(leadingEigenvector(projected), basis);
}

/**
 * Makes x orthogonal to the basis. Two passes are enough, even for pure rounding noise, because the result of the first is
 * scaled up before the second.
 */
function orthogonalise(x: Tensor, basis: Tensor): Tensor {
  const once = (y: Tensor) => normalise(sub(y, matMul(matMul(y, basis, false, true), basis)));
  return once(once(x));
}

/**
 * Number of pairs of squarings. They raise H to the power 2^16. What this leaves of other eigenvectors costs the estimate less
 * than 2e-6.
 */
const pairs = 8;

/** A row vector near the leading eigenvector of a symmetric positive semidefinite H [n, n], found by repeated squaring. */
function leadingEigenvector(h: Tensor): Tensor {
  const [n] = h.shape as [number];
  const identity = eye(n);
  // Between two scalings the largest eigenvalue stays above n^-4, so nothing underflows.
  const scaled = (m: Tensor) => div(m, add(sum(mul(m, identity)), 1e-30));
  const squared = (m: Tensor) => matMul(m, m);
  let power = scaled(h);
  for (let i = 0; i < pairs; i++) power = scaled(squared(squared(power)));
  return normalise(matMul(genericDirection(n), power));
}

/**
 * A fixed direction [1, dimension], the same at every call. Unless a vector is constructed against it, it has a part along that
 * vector.
 */
function genericDirection(dimension: number): Tensor {
  return normalise(createRandom(1929).uniform([1, dimension], -1, 1));
}
