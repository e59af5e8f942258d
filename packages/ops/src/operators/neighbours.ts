import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];

/**
 * What the pixels of a grid see of images x [B, H, W, C] through each tap of a kernel. For the pixels (h, w) of the grid, the
 * tap (i, j) gives x[h * stride + i - (kh - 1)/2, w * stride + j - (kw - 1)/2], or zero outside of x.
 */
export function neighbours(
  x: Tensor,
  [kernelHeight, kernelWidth]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  stride: number,
): (i: number, j: number) => Tensor {
  const [batch, height, width, channels] = x.shape as Shape4;
  const [top, left] = [(kernelHeight - 1) / 2, (kernelWidth - 1) / 2];
  const [lastRow, lastColumn] = [(rows - 1) * stride, (columns - 1) * stride];
  const padded =
    kernelHeight * kernelWidth === 1
      ? x
      : tf.pad(x, [
          [0, 0],
          [top, Math.max(0, lastRow + kernelHeight - top - height)],
          [left, Math.max(0, lastColumn + kernelWidth - left - width)],
          [0, 0],
        ]);
  if (stride === 1) return (i, j) => tf.slice(padded, [0, i, j, 0], [batch, rows, columns, channels]);
  return (i, j) =>
    tf.stridedSlice(
      padded,
      [0, i, j, 0],
      [batch, i + lastRow + 1, j + lastColumn + 1, channels],
      [1, stride, stride, 1],
    );
}
