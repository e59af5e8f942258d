import { dispose, jacobianRows, slogdet } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { demand } from "../law-violation.ts";
import { numbersOf } from "./numbers.ts";

/**
 * log|det df/dx| of every example: the Jacobian row by row in reverse mode (float32), its determinant by LU in
 * float64. f maps examples independently of each other.
 */
export async function exactLogDets(f: (x: Tensor) => Tensor, x: Tensor): Promise<number[]> {
  const jacobian = jacobianRows(f, x);
  const [batch, rows, columns] = jacobian.shape as [number, number, number];
  const data = Float64Array.from(await numbersOf(jacobian));
  dispose(jacobian);
  demand(rows === columns, `expected as many outputs as inputs, received ${rows} and ${columns}`);
  return Array.from({ length: batch }, (_, b) => {
    const example = data.subarray(b * rows * columns, (b + 1) * rows * columns);
    // Callers say what NaN means where they stand.
    return example.every(Number.isFinite) ? slogdet({ rows, columns, data: example }).logAbsDet : NaN;
  });
}
