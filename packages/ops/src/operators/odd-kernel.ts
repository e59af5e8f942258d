import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../tensors/types.ts";

/**
 * Calls `use` with a kernel of odd sizes that describes the same convolution as the kernel [kh, kw, ...]. If kh is even, a row
 * of zeros is put before its first row, and if kw is even, a column. This changes nothing, because floor((k-1)/2) zeros before
 * the image are one fewer than an odd kernel of size k+1 has. An odd kernel is used as it is.
 */
export function withOddKernel(kernel: Tensor, use: (odd: Tensor) => Tensor): Tensor {
  const paddings = kernel.shape.map((size, axis): [number, number] => [
    axis < 2 && size % 2 === 0 ? 1 : 0,
    0,
  ]);
  if (paddings.every(([before]) => before === 0)) return use(kernel);
  return tf.tidy(() => use(tf.pad(kernel, paddings)));
}
