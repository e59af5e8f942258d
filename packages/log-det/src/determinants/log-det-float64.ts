import { NonFiniteError } from "@invertible/errors";
import { dispose, slogdet, sizeOf } from "@invertible/ops";
import { jacobianMatrix } from "./jacobian-matrix.ts";
import type { LogDetProblem } from "../problem.ts";

/**
 * Computes log det(I + J) in float64, by LU decomposition with pivoting. It serves as a reference in evaluation and tests, and
 * is not differentiable. It costs d products, one asynchronous read of [B, d, d] numbers, and O(B d^3) work in plain
 * TypeScript. The products themselves are float32, so each entry of J carries their rounding.
 *
 * @returns B numbers, in nats
 * @throws NonFiniteError naming the row where det(I + J) is not a positive finite number, which means that |J| < 1 does not
 * hold.
 */
export async function logDetFloat64(
  problem: Pick<LogDetProblem, "jvp" | "batch" | "shape">,
): Promise<Float64Array> {
  const dimension = sizeOf(problem.shape);
  const all = jacobianMatrix(problem);
  const entries = await all.data().finally(() => dispose(all));
  return Float64Array.from({ length: problem.batch }, (_, row) => {
    const data = Float64Array.from(entries.slice(row * dimension ** 2, (row + 1) * dimension ** 2));
    for (let i = 0; i < dimension; i++) data[i * (dimension + 1)]! += 1;
    const { sign, logAbsDet } = slogdet({ rows: dimension, columns: dimension, data });
    if (!(sign > 0 && Number.isFinite(logAbsDet)))
      throw new NonFiniteError(
        `logDetFloat64: expected det(I + J) > 0, which |J| < 1 implies, received sign ${sign} and log ${logAbsDet} in row ${row}`,
      );
    return logAbsDet;
  });
}
