import * as tf from "@tensorflow/tfjs-core";
import { convolutionStrategy } from "./convolution-strategy.ts";
import type { ConvolutionStrategy } from "./convolution-strategy.ts";
import { neighbours, paddedFor } from "./neighbours.ts";
import type { Tensor } from "../tensors/types.ts";

/** Which pixels see which, through a kernel of odd sizes. */
export interface Grid {
  /** [kh, kw] of the kernel. */
  readonly kernel: readonly [number, number];
  /** [rows, columns] of the pixels that look. */
  readonly grid: readonly [number, number];
  readonly stride: number;
  /** Whether the taps come in reverse order, as those of the kernel turned by 180 degrees. */
  readonly turned: boolean;
}

/**
 * The matrix of what the pixels of a grid see of images x [B, H, W, C]. Its rows are the B * rows * columns pixels, and its
 * columns are (tap, channel). See `neighbours` for what a tap sees.
 *
 * @param way default: that of the current backend
 */
export function neighbourhoods(
  x: Tensor,
  seen: Grid,
  way: ConvolutionStrategy["neighbourhoods"] = convolutionStrategy().neighbourhoods,
): Tensor {
  const { kernel, stride } = seen;
  const channels = x.shape[3]!;
  if (kernel[0] * kernel[1] === 1 && stride === 1) return tf.reshape(x, [-1, channels]);
  // One tap is one copy in either way.
  return ways[kernel[0] * kernel[1] === 1 ? "slices" : way](x, seen);
}

const ways = { slices, gather };

function slices(x: Tensor, { kernel, grid, stride, turned }: Grid): Tensor {
  const [channels, of] = [x.shape[3]!, neighbours(x, kernel, grid, stride)];
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) =>
    tf.reshape(of(...placeOf(tap, kernel, turned)), [-1, channels]),
  );
  return taps.length === 1 ? taps[0]! : tf.concat(taps, 1);
}

function gather(x: Tensor, { kernel, grid: [rows, columns], stride, turned }: Grid): Tensor {
  const padded = paddedFor(x, kernel, [rows, columns], stride);
  const [batch, height, width, channels] = padded.shape as [number, number, number, number];
  const taps = kernel[0] * kernel[1];
  const offsets = Array.from({ length: taps }, (_, tap) => {
    const [i, j] = placeOf(tap, kernel, turned);
    return i * width + j;
  });
  const places = new Int32Array(rows * columns * taps);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (const offset of offsets) places[at++] = (row * width + column) * stride + offset;
  const pixels = tf.reshape(padded, [batch, height * width, channels]);
  const seen = tf.gather(pixels, tf.tensor1d(places, "int32"), 1);
  return tf.reshape(seen, [batch * rows * columns, taps * channels]);
}

/** The row and the column of the kernel that come at a place in the order of the taps. */
function placeOf(tap: number, [height, width]: Grid["kernel"], turned: boolean): [number, number] {
  const at = turned ? height * width - 1 - tap : tap;
  return [Math.floor(at / width), at % width];
}
