import { roundUp } from "@invertible/ops";

/**
 * A number no smaller than the product of the factors. The factors are not negative, and the result grows with each of them.
 */
export function productAbove(factors: readonly number[]): number {
  return factors.reduce((product, factor) => roundUp(product * factor), 1);
}
