/**
 * The unit roundoff u. A float64 operation returns the exact result times 1 + d with |d| <= u, unless it under- or overflows.
 */
export const unitRoundoff = 2 ** -53;

/**
 * gamma_n = n u / (1 - n u), itself rounded up. A number that is rounded n times in a row changes by at most this factor. A sum
 * of n products, in whatever order it is added, differs from the exact one by at most gamma_n times the sum of their
 * magnitudes.
 *
 * @see Higham (2002), Accuracy and Stability of Numerical Algorithms, lemma 3.1 and section 3.1
 */
export function gamma(roundings: number): number {
  return ((roundings * unitRoundoff) / (1 - roundings * unitRoundoff)) * (1 + 4 * unitRoundoff);
}

/** A number no smaller than the exact value of an expression of at most `roundings` roundings, in which nothing cancels. */
export function roundedUp(x: number, roundings = 8): number {
  return x * (1 + gamma(roundings + 2));
}
