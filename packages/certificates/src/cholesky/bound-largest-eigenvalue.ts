import { largestRowSum } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { isAtMost } from "./is-at-most.ts";
import { estimateLargestEigenvalue } from "./estimate-largest-eigenvalue.ts";
import { gamma, roundedUp } from "../rounding.ts";

/** What the first attempt adds to the estimate, relatively: more than rounding costs the proof up to some thousand rows. */
const firstExcess = 2 ** -22;

/**
 * An upper bound, proven, of the largest eigenvalue of a positive semidefinite H that differs from the float64 matrix G by at most
 * `error` in the 2-norm; or `floor`, where that is one. As a rule less than 1e-5 above the eigenvalue.
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
