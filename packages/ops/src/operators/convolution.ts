/**
 * The three bilinear maps of a zero-padded convolution with an odd kernel: the forward map, its adjoint in the images, and its
 * adjoint in the kernel. Differentiating one of them gives the two others, so gradients of any order need only these three.
 */
import { stridedAdjoint } from "@invertible/wasm-kernels/strided";
import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import { convolutionStrategy } from "./convolution-strategy.ts";
import type { AdjointWay } from "./convolution-strategy.ts";
import { gatheredKernelGradient } from "./kernel-gradient.ts";
import { oddPadding } from "./odd-padding.ts";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];
interface Geometry {
  readonly stride: number;
  readonly inputShape: Shape4;
  readonly kernelShape: Shape4;
}

/**
 * The convolution of x [B, H, W, C] with a kernel [kh, kw, C, O] of odd kh and kw, which gives [B, ceil(H/stride),
 * ceil(W/stride), O].
 */
export function convolve(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return forward({ x, kernel }, { stride, inputShape: x.shape, kernelShape: kernel.shape });
}

/** The adjoint of x -> convolve(x, kernel), which maps y of the output's shape to x of shape `inputShape`. */
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
    return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, oddPadding(kernelShape));
  },
  gradient: (dy, { x, kernel }, attributes) => ({
    x: () => adjoint({ y: dy, kernel }, attributes),
    kernel: () => kernelGradient({ x, y: dy }, attributes),
  }),
});

const adjoint: Op<"y" | "kernel"> = defineOp(["y", "kernel"], {
  name: "InvertibleConvolveAdjoint",
  forward({ y, kernel }, attributes) {
    const { stride, kernelShape } = geometry(attributes);
    return adjointWays[convolutionStrategy().adjoint(kernelShape, stride)](y, kernel, geometry(attributes));
  },
  gradient: (dx, { y, kernel }, attributes) => ({
    y: () => forward({ x: dx, kernel }, attributes),
    kernel: () => kernelGradient({ x: dx, y }, attributes),
  }),
});

const kernelGradient: Op<"x" | "y"> = defineOp(["x", "y"], {
  name: "InvertibleConvolveKernelGradient",
  forward({ x, y }, attributes) {
    const { stride, kernelShape } = geometry(attributes);
    return gatheredKernelGradient(x, y, kernelShape, stride);
  },
  gradient: (dk, { x, y }, attributes) => ({
    x: () => adjoint({ y, kernel: dk }, attributes),
    y: () => forward({ x, kernel: dk }, attributes),
  }),
});

/** The kernel whose stride-1 convolution is the adjoint. It is turned by 180 degrees, with inputs and outputs exchanged. */
const turned: Op<"kernel"> = defineOp(["kernel"], {
  name: "InvertibleTurnKernel",
  forward: ({ kernel }) => tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]),
  gradient: (dy) => ({ kernel: () => turned({ kernel: dy }) }),
});

const adjointWays: Readonly<Record<AdjointWay, (y: Tensor, kernel: Tensor, geometry: Geometry) => Tensor>> = {
  stock: (y, kernel, { stride, inputShape, kernelShape }) =>
    tf.conv2dTranspose(y as tf.Tensor4D, kernel as tf.Tensor4D, inputShape, stride, oddPadding(kernelShape)),
  "turned kernel"(y, kernel, { stride, inputShape, kernelShape }) {
    const turnedKernel = turned({ kernel });
    if (stride === 1) return convolve(y, turnedKernel, 1);
    const [top, left] = [(kernelShape[0] - 1) / 2, (kernelShape[1] - 1) / 2];
    return stridedAdjoint(y, turnedKernel, { top, left, inputShape });
  },
  "matrix product"(y, kernel, { inputShape, kernelShape: [, , inputs, outputs] }) {
    const matrix = tf.reshape(kernel, [inputs, outputs]);
    return tf.reshape(tf.matMul(tf.reshape(y, [-1, outputs]), matrix, false, true), inputShape);
  },
};

function geometry(attributes: object): Geometry {
  return attributes as Geometry;
}
