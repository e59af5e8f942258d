import { add, addN, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Slope, SlopeFunction } from "./slope.ts";
import type { Tableau } from "./tableau.ts";

/** One step of an explicit Runge-Kutta method. */
export interface StepResult {
  /** z at the end of the step. */
  readonly z: Tensor;
  /** The change of the log-det over the step, where slopes have a trace. */
  readonly logDet?: Tensor;
  /** The slopes of all stages. */
  readonly slopes: readonly Slope[];
}

/**
 * Steps from (t, z) to t + h, where h may be negative. The log-det does not act back on z, so only slopes with a weight in the
 * result need a trace.
 *
 * @param first the slope at (t, z), where it is known from the step before
 */
export function rungeKuttaStep(
  { a, b, c }: Tableau,
  slope: SlopeFunction,
  t: number,
  h: number,
  z: Tensor,
  first?: Slope,
): StepResult {
  const slopes: Slope[] = [];
  c.forEach((fraction, i) => {
    if (i === 0 && first !== undefined) slopes.push(first);
    else slopes.push(slope(t + fraction * h, moved(z, slopes, a[i]!, h), b[i] !== 0));
  });
  const logDet = combination(
    slopes.map(({ trace }) => trace),
    b,
    h,
  );
  return { z: moved(z, slopes, b, h), ...(logDet && { logDet }), slopes };
}

/** z + h sum_i w_i k_i. */
function moved(z: Tensor, slopes: readonly Slope[], weights: readonly number[], h: number): Tensor {
  const change = combination(
    slopes.map((slope) => slope.z),
    weights,
    h,
  );
  return change === undefined ? z : add(z, change);
}

/** h sum_i w_i x_i over the weights other than 0. Nothing, where there is nothing to add up. */
export function combination(
  xs: readonly (Tensor | undefined)[],
  weights: readonly number[],
  h: number,
): Tensor | undefined {
  return tidy(() => {
    const terms = weights.flatMap((weight, i) => {
      const x = xs[i];
      return weight === 0 || x === undefined ? [] : [mul(x, weight * h)];
    });
    // `tidy` knows no absent result.
    return terms.length === 0 ? ([] as Tensor[]) : [addN(terms)];
  })[0];
}
