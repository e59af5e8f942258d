import { dispose } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/** Where an iteration stands, each number the worst over the rows. */
export interface Standing {
  /** |x_n - x_(n-1)| */
  readonly residual: number;
  /** (L |x_n - x_(n-1)| + r) / (1 - L), at least the distance to the fixed point. */
  readonly errorBound: number;
  /** r / (1 - L), the part of the bound that no further iteration removes. */
  readonly floor: number;
  /** errorBound / tolerance */
  readonly excess: number;
  /** "stalled": every row that misses its tolerance is left with rounding. */
  readonly verdict: "converged" | "going" | "stalled" | "non-finite";
}

export const solvedFromTheStart: Standing = {
  residual: 0,
  errorBound: 0,
  floor: 0,
  excess: 0,
  verdict: "converged",
};

/** The distance between 1 and the next float32. */
const epsilon = 2 ** -23;

export interface Norms {
  readonly step: number;
  readonly x: number;
  readonly y: number;
}

/** One iteration, from the norms of its rows. `tolerance`: absolute, or 1e-5 max(1, |y|) by row. */
function standingOf(rows: readonly Norms[], lipschitz: number, tolerance: number | undefined): Standing {
  let [residual, errorBound, floor, excess, going, stalled] = [0, 0, 0, 0, false, false];
  for (const { step, x, y } of rows) {
    const limit = tolerance ?? 1e-5 * Math.max(1, y);
    const rounding = epsilon * (x + y);
    const bound = (lipschitz * step + rounding) / (1 - lipschitz);
    if (!Number.isFinite(bound))
      return { residual: Infinity, errorBound: Infinity, floor: 0, excess: Infinity, verdict: "non-finite" };
    residual = Math.max(residual, step);
    errorBound = Math.max(errorBound, bound);
    floor = Math.max(floor, rounding / (1 - lipschitz));
    excess = Math.max(excess, bound / limit);
    const passes = bound <= limit;
    const hopeless = rounding / (1 - lipschitz) > limit && lipschitz * step <= rounding;
    stalled ||= !passes && hopeless;
    going ||= !passes && !hopeless;
  }
  const verdict = going ? "going" : stalled ? "stalled" : "converged";
  return { residual, errorBound, floor, excess, verdict };
}

/**
 * Reads norms [2 count + 1, B] (of `count` steps, of `count` iterates, of y) and disposes of them: one standing per
 * iteration.
 */
export async function readStandings(
  norms: Tensor,
  count: number,
  lipschitz: number,
  tolerance: number | undefined,
): Promise<Standing[]> {
  const batch = norms.shape[1]!;
  const values = await norms.data().finally(() => dispose(norms));
  const at = (line: number, row: number) => values[line * batch + row]!;
  return Array.from({ length: count }, (_, i) => {
    const rows = Array.from({ length: batch }, (_, row) => ({
      step: at(i, row),
      x: at(count + i, row),
      y: at(2 * count, row),
    }));
    return standingOf(rows, lipschitz, tolerance);
  });
}

/** Iterations that the observed rate still needs, between 1 and 16; 4 where there is no rate to see. */
export function stepsLeft(standings: readonly Standing[]): number {
  const [before, last] = standings.slice(-2);
  const rate = before && last ? last.residual / before.residual : NaN;
  if (!(rate > 0 && rate < 1)) return 4;
  return Math.min(16, Math.max(1, Math.ceil(Math.log(last!.excess) / -Math.log(rate))));
}
