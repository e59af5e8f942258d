import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "./types.ts";

/**
 * Converts x to another type. Booleans and integers become true floats. The cast of the WebGPU backend only relabels them, and
 * its transpose and sum then fail on what is still an integer.
 */
export function cast(x: Tensor, dtype: "float32" | "int32" | "bool"): Tensor {
  if (dtype !== "float32" || x.dtype === "float32") return tf.cast(x, dtype);
  return tf.tidy(() => tf.mul(tf.cast(x, dtype), 1));
}
