/**
 * Rounds up: returns a number above x >= 0. If x is the result of one correctly rounded operation, the number is at least the
 * exact result, even where the operation underflowed.
 */
export function roundUp(x: number): number {
  return x + Math.max(x * Number.EPSILON, Number.MIN_VALUE);
}
