import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];

/**
 * Images x [B, H, W, C] with the zeros around them that a kernel of odd sizes [kh, kw] sees from a grid of pixels, at least (k -
 * 1)/2 before the image on each axis.
 */
export function paddedFor(
  x: Tensor,
  [kernelHeight, kernelWidth]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  stride: number,
): Tensor {
  if (kernelHeight * kernelWidth === 1) return x;
  const [, height, width] = x.shape as Shape4;
  const [top, left] = [(kernelHeight - 1) / 2, (kernelWidth - 1) / 2];
  return tf.pad(x, [
    [0, 0],
    [top, Math.max(0, (rows - 1) * stride + kernelHeight - top - height)],
    [left, Math.max(0, (columns - 1) * stride + kernelWidth - left - width)],
    [0, 0],
  ]);
}

/**
 * What the pixels of a grid see of images x [B, H, W, C] through each tap of a kernel. For the pixels (h, w) of the grid, the
 * tap (i, j) gives x[h * stride + i - (kh - 1)/2, w * stride + j - (kw - 1)/2], or zero outside of x.
 */
export function neighbours(
  x: Tensor,
  kernel: readonly [number, number],
  [rows, columns]: readonly [number, number],
  stride: number,
): (i: number, j: number) => Tensor {
  const [batch, , , channels] = x.shape as Shape4;
  const [lastRow, lastColumn] = [(rows - 1) * stride, (columns - 1) * stride];
  const padded = paddedFor(x, kernel, [rows, columns], stride);
  if (stride === 1) return (i, j) => tf.slice(padded, [0, i, j, 0], [batch, rows, columns, channels]);
  return (i, j) =>
    tf.stridedSlice(
      padded,
      [0, i, j, 0],
      [batch, i + lastRow + 1, j + lastColumn + 1, channels],
      [1, stride, stride, 1],
    );
}
