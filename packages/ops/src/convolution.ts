/** The three bilinear maps of a zero-padded convolution. Each is a derivative of the others, at every order. */
import * as tf from "@tensorflow/tfjs";
import { defineOp } from "./define-op.ts";
import type { Op } from "./define-op.ts";
import type { Tensor } from "./types.ts";

/** y = k * x */
export function convolve(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return forward({ x, kernel }, { stride, inputShape: x.shape, kernelShape: kernel.shape });
}

/** The adjoint of x -> k * x */
export function convolveAdjoint(y: Tensor, kernel: Tensor, stride: number, inputShape: readonly number[]): Tensor {
  return adjoint({ y, kernel }, { stride, inputShape, kernelShape: kernel.shape });
}

type Info = { stride: number; inputShape: number[]; kernelShape: number[] };
type Shape4 = [number, number, number, number];

const forward: Op<"x" | "kernel"> = defineOp(["x", "kernel"], {
  name: "InvertibleConvolve",
  forward: ({ x, kernel }, attributes) => {
    const { stride, kernelShape: [height, width] } = attributes as unknown as Info;
    return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, padding(height!, width!));
  },
  gradient: (dy, { x, kernel }, attributes) => ({
    x: () => adjoint({ y: dy, kernel }, attributes),
    kernel: () => kernelGradient({ x, y: dy }, attributes),
  }),
});

const adjoint: Op<"y" | "kernel"> = defineOp(["y", "kernel"], {
  name: "InvertibleConvolveAdjoint",
  forward: ({ y, kernel }, attributes) => {
    const { stride, inputShape, kernelShape: [height, width] } = attributes as unknown as Info;
    if (stride === 1) {
      const turned = tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]);
      return tf.conv2d(y as tf.Tensor4D, turned as tf.Tensor4D, 1, padding(height!, width!));
    }
    const shape = [y.shape[0]!, ...inputShape.slice(1)] as Shape4;
    return tf.conv2dTranspose(y as tf.Tensor4D, kernel as tf.Tensor4D, shape, stride, padding(height!, width!));
  },
  gradient: (dx, { y, kernel }, attributes) => ({
    y: () => forward({ x: dx, kernel }, attributes),
    kernel: () => kernelGradient({ x: dx, y }, attributes),
  }),
});

const kernelGradient: Op<"x" | "y"> = defineOp(["x", "y"], {
  name: "InvertibleConvolveKernelGradient",
  forward: ({ x, y }, attributes) => {
    const { stride, kernelShape } = attributes as unknown as Info;
    const [height, width, channels, outputs] = kernelShape as Shape4;
    const [batch, rows, columns] = y.shape as Shape4;
    const [top, left] = [(height - 1) / 2, (width - 1) / 2];
    const padded = tf.pad(x, [[0, 0], [top, top + stride - 1], [left, left + stride - 1], [0, 0]]);
    const flat = tf.reshape(y, [batch * rows * columns, outputs]);
    const taps: Tensor[] = [];
    for (let dy = 0; dy < height; dy++)
      for (let dx = 0; dx < width; dx++) {
        const seen = tf.stridedSlice(
          padded,
          [0, dy, dx, 0],
          [batch, dy + (rows - 1) * stride + 1, dx + (columns - 1) * stride + 1, channels],
          [1, stride, stride, 1],
        );
        taps.push(tf.matMul(tf.reshape(seen, [-1, channels]), flat, true, false));
      }
    return tf.reshape(tf.stack(taps), kernelShape);
  },
  gradient: (dk, { x, y }, attributes) => ({
    x: () => adjoint({ y, kernel: dk }, attributes),
    y: () => forward({ x, kernel: dk }, attributes),
  }),
});

function padding(height: number, width: number): [[0, 0], [number, number], [number, number], [0, 0]] {
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return [[0, 0], [top, top], [left, left], [0, 0]];
}
