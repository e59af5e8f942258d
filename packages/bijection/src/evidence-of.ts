import type { InverseEvidence, RowEvidence } from "./solver.ts";

/**
 * What a solver returns as the evidence of its layer: the rows in the order of the batch, and the worst of each of their numbers. The
 * layer has converged if every row has. For an empty batch, all numbers are 0.
 *
 * @param of the layer, its place, the method that ran, and the Lipschitz constant if it iterates a contraction
 *
 * @example
 * ```ts
 * const rows = [
 *   { iterations: 3, residual: 1e-6, errorBound: 2e-6, converged: true },
 *   { iterations: 5, residual: 3e-6, errorBound: 4e-6, converged: true },
 * ];
 * const { iterations, errorBound } = evidenceOf({ path: "", layer: "cubic", method: "newton" }, rows);
 * console.log(iterations, errorBound); // 5 0.000004
 * ```
 */
export function evidenceOf(
  of: Pick<InverseEvidence, "path" | "layer" | "method" | "lipschitz">,
  rows: readonly RowEvidence[],
): InverseEvidence {
  // Not Math.max(...), which would put a large batch on the stack.
  const worst = (number: (row: RowEvidence) => number) =>
    rows.reduce((largest, row) => Math.max(largest, number(row)), 0);
  return {
    ...of,
    iterations: worst((row) => row.iterations),
    residual: worst((row) => row.residual),
    errorBound: worst((row) => row.errorBound),
    converged: rows.every((row) => row.converged),
    rows,
  };
}
