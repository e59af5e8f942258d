import * as tf from "@tensorflow/tfjs-core";
import { neighbourhoods } from "./neighbourhoods.ts";
import { neighbours } from "./neighbours.ts";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];

/** How many numbers the matrix of neighbourhoods may hold at once: 64 MB. Larger batches are taken in parts. */
const mostNumbers = 2 ** 24;

/**
 * Computes the gradient of a convolution in its kernel, dk[i, j, c, o] = sum of x[h * stride + i - top, w * stride + j - left,
 * c] y[h, w, o], as one matrix product with the neighbourhoods of the pixels. `numbers` limits the size of their matrix.
 */
export function gatheredKernelGradient(
  x: Tensor,
  y: Tensor,
  kernelShape: readonly number[],
  stride: number,
  numbers = mostNumbers,
): Tensor {
  const [height, width, inputs, outputs] = kernelShape as Shape4;
  const [batch, rows, columns] = y.shape as Shape4;
  // With stride 1, the neighbourhoods of either image will do. Those of the one with fewer channels are less to copy.
  const reflected = stride === 1 && outputs < inputs && height * width > 1;
  const perImage = rows * columns * height * width * (reflected ? outputs : inputs);
  // The neighbourhoods of single pixels are the image as it is, which takes no memory.
  const fitting = height * width * stride === 1 ? batch : Math.floor(numbers / perImage);
  const images = Math.max(1, Math.min(batch, fitting));
  const parts = Array.from({ length: Math.ceil(batch / images) }, (_, part) => part * images);
  const gradient = reflected ? bySeenOutputs : bySeenInputs;
  if (parts.length === 1) return gradient(x, y, kernelShape as Shape4, stride);
  return parts.reduce<Tensor>(
    (sum, first) =>
      tf.tidy(() => {
        const part = (t: Tensor) =>
          tf.slice(t, [first, 0, 0, 0], [Math.min(images, batch - first), ...t.shape.slice(1)]);
        return tf.add(sum, gradient(part(x), part(y), kernelShape as Shape4, stride));
      }),
    tf.zeros([...kernelShape]),
  );
}

/** The gradient as P' y. The rows of P are the pixels of y, and its columns are (tap, input channel). */
function bySeenInputs(x: Tensor, y: Tensor, kernelShape: Shape4, stride: number): Tensor {
  const [height, width, , outputs] = kernelShape;
  const [, rows, columns] = y.shape as Shape4;
  const p = neighbourhoods(x, { kernel: [height, width], grid: [rows, columns], stride, turned: false });
  return tf.reshape(tf.matMul(p, tf.reshape(y, [-1, outputs]), true), kernelShape);
}

/**
 * The gradient from x and P. The rows of P are the pixels of x, and its columns are (tap, output channel), with the taps
 * turned.
 */
function bySeenOutputs(x: Tensor, y: Tensor, [height, width, inputs, outputs]: Shape4): Tensor {
  const [, rows, columns] = x.shape as Shape4;
  const p = neighbourhoods(y, { kernel: [height, width], grid: [rows, columns], stride: 1, turned: true });
  const product = tf.matMul(tf.reshape(x, [-1, inputs]), p, true);
  return tf.transpose(tf.reshape(product, [inputs, height, width, outputs]), [1, 2, 0, 3]);
}

/** Computes the gradient of a depthwise convolution in its kernel [kh, kw, C], tap by tap. */
export function tappedKernelGradient(
  x: Tensor,
  y: Tensor,
  kernelShape: readonly number[],
  stride: number,
): Tensor {
  const [height, width] = kernelShape as [number, number, number];
  const [, rows, columns] = y.shape as Shape4;
  const seen = neighbours(x, [height, width], [rows, columns], stride);
  const taps = Array.from({ length: height * width }, (_, tap) =>
    tf.tidy(() => tf.sum(tf.mul(seen(Math.floor(tap / width), tap % width), y), [0, 1, 2])),
  );
  return tf.reshape(tf.concat(taps), [...kernelShape]);
}
