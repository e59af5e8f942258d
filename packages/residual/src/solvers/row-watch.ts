import type { VectorNorm } from "@invertible/spectral-norm";
import { euclideanTarget, lengthsIn } from "./burst.ts";
import { normRatio } from "./row-norms.ts";
import { reducible, stallWindow, standingOf, stepsLeft } from "./standing.ts";
import type { Standing } from "./standing.ts";

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
