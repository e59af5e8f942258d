/**
 * A number above x >= 0: at least the exact result of the one correctly rounded operation that x is. Also of one that
 * underflowed.
 */
export function roundUp(x: number): number {
  return x + Math.max(x * Number.EPSILON, Number.MIN_VALUE);
}
