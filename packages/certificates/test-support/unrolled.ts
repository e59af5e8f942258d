import { dispose, reshape, tensor, tidy } from "@invertible/ops";
import type { LinearOperator, Matrix64 } from "@invertible/ops";

/** The transpose of the operator's matrix, [inputs, outputs]: row i is the image of basis vector i. */
export async function unroll(operator: LinearOperator): Promise<Matrix64> {
  const inputs = operator.inputShape.reduce((a, b) => a * b, 1);
  const outputs = operator.outputShape.reduce((a, b) => a * b, 1);
  const identity = new Float32Array(inputs * inputs);
  for (let i = 0; i < inputs; i++) identity[i * inputs + i] = 1;
  const images = tidy(() =>
    reshape(operator.apply(tensor(identity, [inputs, ...operator.inputShape])), [inputs, outputs]),
  );
  const data = Float64Array.from(await images.data());
  dispose(images);
  return { rows: inputs, columns: outputs, data };
}
