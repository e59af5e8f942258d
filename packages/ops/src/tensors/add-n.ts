import * as tf from "@tensorflow/tfjs";
import { fail } from "@invertible/errors";
import type { Tensor } from "./types.ts";

/** With the output, what one WebGPU shader may bind wherever WebGPU runs; the stock sum of more fails there. */
const atOnce = 7;

/**
 * The sum of any number of tensors of one shape.
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
