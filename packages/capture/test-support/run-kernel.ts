import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@invertible/ops";

/** Calls a kernel of the active backend by its name, as operations of TensorFlow.js do. */
export function runKernel(
  name: string,
  inputs: Readonly<Record<string, Tensor>> | readonly Tensor[],
  attributes: Readonly<Record<string, unknown>> = {},
): Tensor | Tensor[] {
  return tf
    .engine()
    .runKernel(name, inputs as unknown as tf.NamedTensorMap, attributes as unknown as tf.NamedAttrMap);
}
