import { roundUp } from "@invertible/ops";

/** At least the product of the factors, which are not negative; grows with each of them. */
export function productAbove(factors: readonly number[]): number {
  return factors.reduce((product, factor) => roundUp(product * factor), 1);
}
