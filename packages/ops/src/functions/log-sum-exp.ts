import * as tf from "@tensorflow/tfjs-core";
import { exp } from "./elementary.ts";
import { withoutGradient } from "../derivatives/gradients.ts";
import type { Tensor } from "../tensors/types.ts";

/**
 * log sum_i e^(x_i) over `axis` (default: all axes), without overflow. It is -Infinity where every x_i is. It is right at any
 * order of differentiation, and its gradient is softmax(x).
 */
export function logSumExp(x: Tensor, axis?: number | number[], keepDims = false): Tensor {
  return tf.tidy(() => {
    const largest = withoutGradient(() => {
      const max = tf.max(x, axis, true);
      return tf.where(tf.isFinite(max), max, tf.zerosLike(max)); // -Infinity - -Infinity would be NaN
    });
    const shifted = tf.log(tf.sum(exp(tf.sub(x, largest)), axis, true));
    const total = tf.add(shifted, largest);
    return keepDims
      ? total
      : tf.reshape(
          total,
          tf.sum(
            withoutGradient(() => tf.zerosLike(x)),
            axis,
          ).shape,
        );
  });
}
