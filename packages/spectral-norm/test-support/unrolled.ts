import { dispose, reshape, singularValues, tensor, tidy } from "@invertible/ops";
import type { LinearOperator, Matrix64 } from "@invertible/ops";

/** The operator's matrix, column by column from basis vectors. */
export async function unroll(operator: LinearOperator): Promise<Matrix64> {
  const columns = operator.inputShape.reduce((a, b) => a * b, 1);
  const rows = operator.outputShape.reduce((a, b) => a * b, 1);
  const identity = new Float32Array(columns * columns);
  for (let i = 0; i < columns; i++) identity[i * columns + i] = 1;
  const images = tidy(() =>
    reshape(operator.apply(tensor(identity, [columns, ...operator.inputShape])), [columns, rows]),
  );
  const data = Float64Array.from(await images.data());
  dispose(images);
  // Row i is A e_i: the transpose, which has the same singular values.
  return { rows: columns, columns: rows, data };
}

export async function singularValuesOf(operator: LinearOperator): Promise<Float64Array> {
  return singularValues(await unroll(operator));
}

export async function largestSingularValue(operator: LinearOperator): Promise<number> {
  return (await singularValuesOf(operator))[0]!;
}
