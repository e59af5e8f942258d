import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

type Shape4 = [number, number, number, number];

/** Puts the pixels of y [B, h, w, C] at the even rows and columns of images of zeros, of shape [B, H, W, C]. */
export function spread(y: Tensor, shape: readonly number[]): Tensor {
  const [batch, height, width, channels] = shape as Shape4;
  const [, rows, columns] = y.shape as Shape4;
  const apart = tf.concat([tf.reshape(y, [-1, channels]), tf.zeros([batch * rows * columns, channels])], 1);
  const row = 2 * columns * channels;
  const lines = tf.concat([tf.reshape(apart, [-1, row]), tf.zeros([batch * rows, row])], 1);
  const whole = tf.reshape(lines, [batch, 2 * rows, 2 * columns, channels]);
  return tf.slice(whole, [0, 0, 0, 0], [batch, height, width, channels]);
}
