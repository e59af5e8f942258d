import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "./size-of.ts";
import { ones } from "./primitives.ts";
import type { Tensor } from "./types.ts";

/**
 * A number for each example of a batch, all of them `value`: [B], and differentiable in it. This is the log-det of a layer that changes
 * volume everywhere by the same factor.
 *
 * @param batchOf any tensor [B, ...]
 */
export function perExample(batchOf: Tensor, value: Tensor | number): Tensor {
  return tf.tidy(() => tf.mul(ones([batchOf.shape[0]!]), value));
}

/** Sums each example over all its axes, [B, ...] -> [B]: the log-det of a layer that acts on every number by itself. B may be 0. */
export function sumPerExample(x: Tensor): Tensor {
  const [batch, ...shape] = x.shape as [number, ...number[]];
  // Not a size of -1, which is undetermined for an empty batch.
  return tf.tidy(() => tf.sum(x.rank === 2 ? x : tf.reshape(x, [batch, sizeOf(shape)]), 1));
}
