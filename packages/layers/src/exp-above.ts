/**
 * At least e^x, and at most 2^-50 more. `Math.exp` is fdlibm's in every engine we know of, or better, with an error below one unit in
 * the last place; the standard only asks for an approximation, so four are allowed.
 */
export function expAbove(x: number): number {
  return Math.exp(x) * (1 + expError) + Number.MIN_VALUE;
}

/** Relative error of `Math.exp` that the bounds allow, with the rounding of taking it into account. */
export const expError = 2 ** -50;
