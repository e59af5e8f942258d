import * as tf from "@tensorflow/tfjs-core";
import { exp } from "./elementary.ts";
import { withoutGradient } from "../derivatives/gradients.ts";
import type { Tensor } from "../tensors/types.ts";

/**
 * log softmax(x) = x - log sum_i e^(x_i) over `axis` (default: the last one): the logarithms of probabilities that are proportional to
 * e^(x_i). The largest x_i is subtracted first, so there is no overflow, and logits of size 1e4 lose no digits of a small
 * result. It is right at any order of differentiation.
 *
 * Entries of -Infinity have the result -Infinity, unless all are, which gives NaN.
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return tf.tidy(() => {
    // A constant to the gradient, because the result is the same for every number that is subtracted from all entries.
    const largest = withoutGradient(() => tf.max(x, axis, true));
    const shifted = tf.sub(x, largest);
    return tf.sub(shifted, tf.log(tf.sum(exp(shifted), axis, true)));
  });
}
