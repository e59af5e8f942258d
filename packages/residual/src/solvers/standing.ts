import { epsilon } from "../branches/stages/rounding.ts";

/** Where the iteration of one row stands. Lengths are Euclidean. */
export interface Standing {
  /** |F(b) - b|, the last step */
  readonly residual: number;
  /** (L |F(b) - b| + r) / (1 - L), at least the distance of F(b) to the fixed point. */
  readonly errorBound: number;
  /** r / (1 - L), the part of the bound that no further iteration removes. */
  readonly floor: number;
  /** errorBound / tolerance */
  readonly excess: number;
  /** "stalled": rounding alone keeps it from its tolerance. */
  readonly verdict: "converged" | "going" | "stalled" | "non-finite";
}

/** Of one row; in the l_p norm of the contraction where not said otherwise. */
export interface Lengths {
  /** |F(b) - b| */
  readonly step: number;
  /** The same, Euclidean. */
  readonly euclideanStep: number;
  /** |F(b)| */
  readonly x: number;
  /** What float32 may be off in g(b); see `Rounded`. */
  readonly rounding: number;
}

export interface Limits {
  readonly lipschitz: number;
  /** c with |e|_2 <= c |e|_p */
  readonly euclideanFactor: number;
  /** Of this row, Euclidean, where the part of the bound that no iteration removes is `floor`. */
  tolerance(floor: number): number;
}

export function standingOf(lengths: Lengths, { lipschitz, euclideanFactor, ...limits }: Limits): Standing {
  const { step, euclideanStep, x } = lengths;
  // In g(b), and in subtracting it from y.
  const rounding = lengths.rounding + (epsilon / 2) * x;
  const scale = euclideanFactor / (1 - lipschitz);
  const errorBound = (lipschitz * step + rounding) * scale;
  if (!Number.isFinite(errorBound))
    return { residual: Infinity, errorBound: Infinity, floor: 0, excess: Infinity, verdict: "non-finite" };
  const floor = rounding * scale;
  const tolerance = limits.tolerance(floor);
  const hopeless = floor > tolerance && lipschitz * step <= rounding;
  const verdict = errorBound <= tolerance ? "converged" : hopeless ? "stalled" : "going";
  return { residual: euclideanStep, errorBound, floor, excess: errorBound / tolerance, verdict };
}

/**
 * Evaluations in which |F(b) - b| falls to a quarter, rounding aside: one in two is taken, and contracts by L. Where it has
 * not even halved in as many, rounding is all that is left, whatever `floor` says of it.
 */
export function stallWindow(lipschitz: number): number {
  return 2 * Math.max(1, Math.ceil(Math.log(4) / -Math.log(lipschitz)));
}

/** What the last step contributes to the bound, and iterating reduces. */
export const reducible = ({ errorBound, floor }: Standing): number => errorBound - floor;

/**
 * Evaluations that the observed rate still needs, from the first and the last standing of one row, `apart` evaluations apart:
 * between 1 and 16; 4 where there is no rate to see.
 */
export function stepsLeft(before: Standing, last: Standing, apart: number): number {
  const rate = (last.residual / before.residual) ** (1 / apart);
  if (!(rate > 0 && rate < 1)) return 4;
  return Math.min(16, Math.max(1, Math.ceil(Math.log(last.excess) / -Math.log(rate))));
}
