import { largestRowSum } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { isAtMost } from "./is-at-most.ts";
import { estimateLargestEigenvalue } from "./estimate-largest-eigenvalue.ts";
import { gamma, roundedUp } from "../rounding.ts";

/**
 * The fraction that the first attempt adds to the estimate. Up to some thousand rows, it is more than what rounding costs the
 * proof.
 */
const firstExcess = 2 ** -22;

/**
 * Proves an upper bound of the largest eigenvalue of a positive semidefinite H that differs from the float64 matrix G by at
 * most `error` in the 2-norm. It is usually less than 1e-5 above the eigenvalue. Returns `floor` if that is an upper bound.
 */
export function boundLargestEigenvalue(
  g: BandMatrix,
  error: number,
  floor = 0,
  workspace = new Float64Array(g.data.length),
): number {
  if (floor > 0 && isAtMost(g, error, floor, workspace)) return floor;
  const estimate = estimateLargestEigenvalue(g) + error;
  for (let excess = firstExcess; excess < 1; excess *= 8) {
    const bound = Math.max(floor, estimate * (1 + excess));
    if (isAtMost(g, error, bound, workspace)) return bound;
  }
  return Math.max(floor, roundedUp(largestRowSum(g) * (1 + gamma(2 * g.band + 1)) + error));
}
