import type { VectorNorm } from "@invertible/spectral-norm";
import { epsilon } from "../branches/stages/rounding.ts";
import { normRatio } from "./row-norms.ts";

/** Where the iteration of one row stands. All lengths are Euclidean. */
export interface Standing {
  /** The last step, |F(b) - b|. */
  readonly residual: number;
  /** Upper bound (L |F(b) - b| + r) / (1 - L) on the distance of F(b) to the fixed point. */
  readonly errorBound: number;
  /** The part r / (1 - L) of that bound, which no further iteration removes. */
  readonly floor: number;
  /** The ratio errorBound / tolerance. */
  readonly excess: number;
  /** "stalled" means that only rounding keeps the row from its tolerance. */
  readonly verdict: "converged" | "going" | "stalled" | "non-finite";
}

/** Lengths in one row, in the l_p norm of the contraction unless stated otherwise. */
export interface Lengths {
  /** The last step, |F(b) - b|. */
  readonly step: number;
  /** The last step in the Euclidean norm. */
  readonly euclideanStep: number;
  /** The length |F(b)|. */
  readonly x: number;
  /** An estimate of the float32 rounding error of g(b); see `Rounded`. */
  readonly rounding: number;
}

/** What the verdict about one row depends on. */
export interface Limits {
  /** L < 1. */
  readonly lipschitz: number;
  /** The factor c such that |e|_2 <= c |e|_p. */
  readonly euclideanFactor: number;
  /** The Euclidean tolerance of this row, given the part `floor` of its bound that no iteration removes. */
  tolerance(floor: number): number;
}

function standingOf(lengths: Lengths, { lipschitz, euclideanFactor, ...limits }: Limits): Standing {
  const { step, euclideanStep, x } = lengths;
  // Rounding in g(b), and in subtracting it from y.
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
 * The number of evaluations in which |F(b) - b| must fall to a quarter, apart from rounding: at least every second evaluation
 * is accepted, and contracts by L. If it has not even halved in that many, only rounding is left, whatever `floor` says.
 */
function stallWindow(lipschitz: number): number {
  return 2 * Math.max(1, Math.ceil(Math.log(4) / -Math.log(lipschitz)));
}

/** The part of the bound that comes from the last step, which iterating reduces. */
const reducible = ({ errorBound, floor }: Standing): number => errorBound - floor;

/**
 * How many evaluations a row still needs at the rate observed between two of its standings, which are `apart` evaluations
 * apart. At least 1 and at most 16; 4 where no rate can be seen.
 */
function stepsLeft(before: Standing, last: Standing, apart: number): number {
  const rate = (last.residual / before.residual) ** (1 / apart);
  if (!(rate > 0 && rate < 1)) return 4;
  return Math.min(16, Math.max(1, Math.ceil(Math.log(last.excess) / -Math.log(rate))));
}

/** How the iteration of one row ended. */
export interface RowResult {
  /** The number of evaluations of g until its first iterate that passes, or until its last iterate. */
  readonly iterations: number;
  /** Where it stood then. */
  readonly standing: Standing;
}

/** The numbers of one row in a burst. */
export interface Look {
  /** The lengths of all rows in the burst; see `lengthsIn`. */
  readonly numbers: ArrayLike<number>;
  /** Which row of the burst. */
  readonly position: number;
  /** How many evaluations the burst has. */
  readonly count: number;
  /** How many evaluations came before it. */
  readonly done: number;
}

/** Follows the rows of a batch. What it decides about a row does not depend on where bursts begin and end. */
export interface RowWatch {
  /** Examines a burst. Returns undefined while the row should go on. */
  look(row: number, look: Look): RowResult | undefined;
  /** How many evaluations a row still needs, judged by the last burst. */
  stepsLeft(row: number): number;
}

interface Watched {
  readonly first: Standing;
  readonly last: Standing;
  readonly apart: number;
  /** The reducible part of the bound when the present window began. */
  readonly mark: number;
}

/** What `rowWatch` needs to know about the problem. */
export interface WatchSettings {
  /** L < 1. */
  readonly lipschitz: number;
  /** The p of the norm in which g contracts. */
  readonly norm: VectorNorm;
  /** Numbers in one row. */
  readonly dimension: number;
  /** Most evaluations of g. */
  readonly maxIterations: number;
  /**
   * The Euclidean tolerance of a row, given its |y| as `target` and the part `floor` of its bound that no iteration removes.
   */
  tolerance(target: number, floor: number): number;
}

/** Starts to follow the rows of a batch. */
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

/** The lengths of one row after evaluation i of a burst of `count`. `numbers` holds 1 + 4 count columns for each row. */
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

/** The length |y|_2 of one row, from the same numbers. */
function euclideanTarget(numbers: ArrayLike<number>, count: number, position: number): number {
  return numbers[position * (1 + 4 * count)]!;
}
