import type { VectorNorm } from "@invertible/spectral-norm";
import { epsilon } from "../branches/stages/rounding.ts";
import { normRatio } from "./row-norms.ts";

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

function standingOf(lengths: Lengths, { lipschitz, euclideanFactor, ...limits }: Limits): Standing {
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
function stallWindow(lipschitz: number): number {
  return 2 * Math.max(1, Math.ceil(Math.log(4) / -Math.log(lipschitz)));
}

/** What the last step contributes to the bound, and iterating reduces. */
const reducible = ({ errorBound, floor }: Standing): number => errorBound - floor;

/**
 * Evaluations that the observed rate still needs, from the first and the last standing of one row, `apart` evaluations apart:
 * between 1 and 16; 4 where there is no rate to see.
 */
function stepsLeft(before: Standing, last: Standing, apart: number): number {
  const rate = (last.residual / before.residual) ** (1 / apart);
  if (!(rate > 0 && rate < 1)) return 4;
  return Math.min(16, Math.max(1, Math.ceil(Math.log(last.excess) / -Math.log(rate))));
}

/** Where a row ended. */
export interface RowResult {
  /** Evaluations of g until its first iterate that passes, or its last. */
  readonly iterations: number;
  readonly standing: Standing;
}

/** The numbers of a burst of `count` evaluations after `done` others, at one of its rows. */
export interface Look {
  readonly numbers: ArrayLike<number>;
  readonly position: number;
  readonly count: number;
  readonly done: number;
}

/** Follows the rows of a batch. What it decides about a row does not depend on where bursts begin and end. */
export interface RowWatch {
  /** Undefined while the row should go on. */
  look(row: number, look: Look): RowResult | undefined;
  /** Evaluations that a row still needs, from what it did in the last burst. */
  stepsLeft(row: number): number;
}

interface Watched {
  readonly first: Standing;
  readonly last: Standing;
  readonly apart: number;
  /** What of the bound could be reduced when the window began. */
  readonly mark: number;
}

export interface WatchSettings {
  readonly lipschitz: number;
  readonly norm: VectorNorm;
  readonly dimension: number;
  readonly maxIterations: number;
  /** Euclidean, of a row with this |y| and with a rounding that leaves `floor` of its bound whatever is iterated. */
  tolerance(target: number, floor: number): number;
}

export function rowWatch({ lipschitz, norm, dimension, maxIterations, tolerance }: WatchSettings): RowWatch {
  const rows = new Map<number, Watched>();
  const factor = normRatio(norm, 2, dimension);
  const window = stallWindow(lipschitz);
  return {
    look(row, { numbers, position, count, done }) {
      const limits = {
        lipschitz,
        euclideanFactor: factor,
        tolerance: (floor: number) => tolerance(euclideanTarget(numbers, count, position), floor),
      };
      const before = rows.get(row);
      let mark = before?.mark ?? Infinity;
      let first: Standing | undefined;
      for (let i = 0; ; i++) {
        const iterations = done + i + 1;
        const standing = standingOf(lengthsIn(numbers, count, position, i), limits);
        if (standing.verdict !== "going") return { iterations, standing };
        if (iterations % window === 0) {
          if (reducible(standing) > mark / 2)
            return { iterations, standing: { ...standing, verdict: "stalled" } };
          mark = reducible(standing);
        }
        if (iterations === maxIterations) return { iterations, standing };
        first ??= standing;
        if (i < count - 1) continue;
        const since =
          before === undefined ? { first, apart: count - 1 } : { first: before.last, apart: count };
        rows.set(row, { ...since, last: standing, mark });
        return undefined;
      }
    },
    stepsLeft(row) {
      const { first, last, apart } = rows.get(row)!;
      return stepsLeft(first, last, apart);
    },
  };
}

/** Of one row after the i-th evaluation of a burst of `count`, from the numbers of `lengths`. */
function lengthsIn(numbers: ArrayLike<number>, count: number, position: number, i: number): Lengths {
  const at = (column: number) => numbers[position * (1 + 4 * count) + column]!;
  const first = 1 + 4 * i;
  return {
    step: at(first),
    x: at(first + 1),
    euclideanStep: at(first + 2),
    rounding: at(first + 3),
  };
}

/** |y|_2 of one row, from the numbers of `lengths`. */
function euclideanTarget(numbers: ArrayLike<number>, count: number, position: number): number {
  return numbers[position * (1 + 4 * count)]!;
}
