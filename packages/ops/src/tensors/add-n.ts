import * as tf from "@tensorflow/tfjs-core";
import { fail } from "@invertible/errors";
import type { Tensor } from "./types.ts";

/**
 * How many tensors are added at once. Together with the output, this is what one WebGPU shader can bind on every device. The
 * sum of TensorFlow.js fails there for more.
 */
const atOnce = 7;

/**
 * Adds any number of tensors of the same shape.
 *
 * @throws ArgumentError for an empty list.
 */
export function addN(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) fail("addN", "at least one tensor", tensors);
  return tf.tidy(() => {
    let terms: readonly Tensor[] = tensors;
    do {
      const groups = Math.ceil(terms.length / atOnce);
      const rest = terms;
      terms = Array.from({ length: groups }, (_, i) => tf.addN(rest.slice(i * atOnce, (i + 1) * atOnce)));
    } while (terms.length > 1);
    return terms[0]!;
  });
}
