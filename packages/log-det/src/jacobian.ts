import { concat, reshape, tensor, tidy, tile, withoutGradient } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { dimensionOf } from "./problem.ts";
import type { LogDetProblem } from "./problem.ts";

type JacobianProblem = Pick<LogDetProblem, "jvp" | "batch" | "shape">;

/** The columns J e_1, ..., J e_d, each [B, d]: d products. */
export function jacobianColumns({ jvp, batch, shape }: JacobianProblem): Tensor[] {
  const dimension = dimensionOf(shape);
  return Array.from({ length: dimension }, (_, i) =>
    reshape(jvp(basisVector(i, batch, shape)), [batch, dimension]),
  );
}

/** J [B, d, d] with entry (b, i, j) = d g_i / d x_j at example b. */
export function jacobian(problem: JacobianProblem): Tensor {
  const dimension = dimensionOf(problem.shape);
  return tidy(() =>
    concat(
      jacobianColumns(problem).map((column) => reshape(column, [problem.batch, dimension, 1])),
      2,
    ),
  );
}

/** e_i in every row: [B, ...shape], a constant. */
function basisVector(i: number, batch: number, shape: Shape): Tensor {
  return withoutGradient(() => {
    const row = new Float32Array(dimensionOf(shape));
    row[i] = 1;
    return tile(tensor(row, [1, ...shape]), [batch, ...shape.map(() => 1)]);
  });
}
