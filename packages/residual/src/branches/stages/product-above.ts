import { roundUp } from "@invertible/ops";

/**
 * A number no smaller than the product of the factors. The factors are not negative, and the result grows with each of them. It is
 * Infinity if one of them is, also beside a factor of 0.
 */
export function productAbove(factors: readonly number[]): number {
  if (factors.includes(Infinity)) return Infinity;
  return factors.reduce((product, factor) => roundUp(product * factor), 1);
}
