/** u: a float64 operation returns the exact result times 1 + d with |d| <= u, where nothing under- or overflows. */
export const unitRoundoff = 2 ** -53;

/**
 * gamma_n = n u / (1 - n u), itself rounded up: n roundings in a row change a number by at most this factor, and a sum of n
 * products, in whatever order it is added, differs from the exact one by at most gamma_n times the sum of their magnitudes.
 *
 * @see Higham (2002), Accuracy and Stability of Numerical Algorithms, lemma 3.1 and section 3.1
 */
export function gamma(roundings: number): number {
  return ((roundings * unitRoundoff) / (1 - roundings * unitRoundoff)) * (1 + 4 * unitRoundoff);
}

/** At least the exact value of an expression of at most `roundings` roundings, no two of which can cancel. */
export function roundedUp(x: number, roundings = 8): number {
  return x * (1 + gamma(roundings + 2));
}
