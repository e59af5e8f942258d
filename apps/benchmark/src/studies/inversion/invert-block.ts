import { add, dispose, sub, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { NetworkStep } from "../networks/network-step.ts";

/** How x + g(x) = y is solved for x. Unconstrained blocks know only "banach". */
export type Method = "banach" | "anderson";

/** Iterates that stop after a number of evaluations of g, and what is certified of them. */
export interface BlockInverse {
  /** The last iterate x_n. The caller disposes of it. */
  readonly x: Tensor;
  /** For every row, the bound on its error that the solver returns. Empty for unconstrained blocks and without an evaluation. */
  readonly errorBounds: readonly number[];
}

/** Never met, so that the number of evaluations decides, unless float32 comes to rest earlier. */
const unreachable = 1e-30;

/** Inverts one residual block by exactly `evaluations` evaluations of g, from x_0 = y. */
export async function invertBlock(
  { layer, g }: NetworkStep,
  y: Tensor,
  method: Method,
  evaluations: number,
): Promise<BlockInverse> {
  if (evaluations === 0) return { x: tidy(() => add(y, 0)), errorBounds: [] };
  if (layer.solver) {
    const { x, evidence } = await layer.solver.solve(y, {
      method,
      maxIterations: evaluations,
      tolerance: unreachable,
      onCap: "return",
    });
    return { x, errorBounds: evidence[0]!.rows.map(({ errorBound }) => errorBound) };
  }
  let x = y;
  for (let n = 0; n < evaluations; n++) {
    const next = tidy(() => sub(y, g!(x)));
    if (x !== y) dispose(x);
    x = next;
  }
  return { x, errorBounds: [] };
}

/** |a - b| of every row, Euclidean, in float64. */
export function distances(a: ArrayLike<number>, b: ArrayLike<number>, rows: number): number[] {
  const size = a.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += (a[i]! - b[i]!) ** 2;
    return Math.sqrt(total);
  });
}

export const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
