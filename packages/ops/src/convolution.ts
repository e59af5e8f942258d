/**
 * The three bilinear maps of a zero-padded convolution: forward, its adjoint in the images, its adjoint in the
 * kernel. Each is made of the two others when differentiated, so gradients of any order stay among the three.
 */
import * as tf from "@tensorflow/tfjs";
import { defineOp } from "./define-op.ts";
import type { Op } from "./define-op.ts";
import { stridedAdjoint } from "./strided-adjoint.ts";
import type { Tensor } from "./types.ts";

type Shape4 = [number, number, number, number];
type Padding = [[0, 0], [number, number], [number, number], [0, 0]];
interface Geometry {
  readonly stride: number;
  readonly inputShape: Shape4;
  readonly kernelShape: Shape4;
}

/** x [B, H, W, C], kernel [kh, kw, C, O] -> [B, ceil(H/stride), ceil(W/stride), O] */
export function convolve(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return forward({ x, kernel }, { stride, inputShape: x.shape, kernelShape: kernel.shape });
}

/** The adjoint of x -> convolve(x, kernel), from y of the output's shape to x of shape `inputShape`. */
export function convolveAdjoint(
  y: Tensor,
  kernel: Tensor,
  stride: number,
  inputShape: readonly number[],
): Tensor {
  return adjoint({ y, kernel }, { stride, inputShape, kernelShape: kernel.shape });
}

const forward: Op<"x" | "kernel"> = defineOp(["x", "kernel"], {
  name: "InvertibleConvolve",
  forward({ x, kernel }, attributes) {
    const { stride, inputShape, kernelShape } = geometry(attributes);
    const [height, width, channels, outputs] = kernelShape;
    if (height * width === 1 && stride === 1) {
      const rows = tf.matMul(tf.reshape(x, [-1, channels]), tf.reshape(kernel, [channels, outputs]));
      return tf.reshape(rows, [...inputShape.slice(0, 3), outputs]);
    }
    return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, padding(kernelShape));
  },
  gradient: (dy, { x, kernel }, attributes) => ({
    x: () => adjoint({ y: dy, kernel }, attributes),
    kernel: () => kernelGradient({ x, y: dy }, attributes),
  }),
});

const adjoint: Op<"y" | "kernel"> = defineOp(["y", "kernel"], {
  name: "InvertibleConvolveAdjoint",
  forward({ y, kernel }, attributes) {
    const { stride, inputShape, kernelShape } = geometry(attributes);
    const turnedKernel = turned({ kernel });
    if (stride === 1) return convolve(y, turnedKernel, 1);
    const [top, left] = [(kernelShape[0] - 1) / 2, (kernelShape[1] - 1) / 2];
    return stridedAdjoint(y, turnedKernel, { top, left, inputShape });
  },
  gradient: (dx, { y, kernel }, attributes) => ({
    y: () => forward({ x: dx, kernel }, attributes),
    kernel: () => kernelGradient({ x: dx, y }, attributes),
  }),
});

const kernelGradient: Op<"x" | "y"> = defineOp(["x", "y"], {
  name: "InvertibleConvolveKernelGradient",
  forward({ x, y }, attributes) {
    const { stride, inputShape, kernelShape } = geometry(attributes);
    const [height, width, channels, outputs] = kernelShape;
    if (height * width === 1 && stride === 1) {
      const product = tf.matMul(tf.reshape(x, [-1, channels]), tf.reshape(y, [-1, outputs]), true);
      return tf.reshape(product, kernelShape);
    }
    // A convolution of x by y over the images, batch and channels swapped: much faster than the stock kernels.
    const [, rows, columns] = y.shape as Shape4;
    const reach = (size: number, k: number, n: number) => (n - 1) * stride + k - (k - 1) / 2 - size;
    const fitted = fit(
      x,
      kernelShape,
      reach(inputShape[1], height, rows),
      reach(inputShape[2], width, columns),
    );
    const images = tf.transpose(fitted, [3, 1, 2, 0]) as tf.Tensor4D;
    const kernels = tf.transpose(y, [1, 2, 0, 3]) as tf.Tensor4D;
    return tf.transpose(tf.conv2d(images, kernels, 1, "valid", "NHWC", stride), [1, 2, 0, 3]);
  },
  gradient: (dk, { x, y }, attributes) => ({
    x: () => adjoint({ y, kernel: dk }, attributes),
    y: () => forward({ x, kernel: dk }, attributes),
  }),
});

/** The kernel whose stride-1 convolution is the adjoint: turned by 180 degrees, inputs and outputs exchanged. */
const turned: Op<"kernel"> = defineOp(["kernel"], {
  name: "InvertibleTurnKernel",
  forward: ({ kernel }) => tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]),
  gradient: (dy) => ({ kernel: () => turned({ kernel: dy }) }),
});

/** x with its zero border before, and `bottom`, `right` rows after: dropped if negative, when the stride skips them. */
function fit(x: Tensor, [height, width]: Shape4, bottom: number, right: number): Tensor {
  const [batch, rows, columns, channels] = x.shape as Shape4;
  const kept = tf.slice(
    x,
    [0, 0, 0, 0],
    [batch, rows + Math.min(bottom, 0), columns + Math.min(right, 0), channels],
  );
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return tf.pad(kept, [
    [0, 0],
    [top, Math.max(bottom, 0)],
    [left, Math.max(right, 0)],
    [0, 0],
  ]);
}

function padding([height, width]: Shape4): Padding {
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return [
    [0, 0],
    [top, top],
    [left, left],
    [0, 0],
  ];
}

function geometry(attributes: object): Geometry {
  return attributes as Geometry;
}
