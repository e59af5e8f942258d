/**
 * A number no smaller than e^x, and at most 2^-50 larger, relative to it. In every engine that we know of, `Math.exp` is that
 * of fdlibm or better, with an error below one unit in the last place. The standard only asks for an approximation, so we allow
 * four units.
 */
export function expAbove(x: number): number {
  return Math.exp(x) * (1 + expError) + Number.MIN_VALUE;
}

/** The relative error of `Math.exp` that the bounds allow. It includes the rounding of the multiplication by it. */
export const expError = 2 ** -50;
