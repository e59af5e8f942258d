/**
 * The three bilinear maps of a zero-padded convolution of each channel on its own, as in `convolution.ts`: the forward map, its
 * adjoint in the images, and its adjoint in the kernel. Differentiating one of them gives the two others.
 */
import { spread } from "@invertible/wasm-kernels/strided";
import * as tf from "@tensorflow/tfjs-core";
import { defineOp } from "../derivatives/define-op.ts";
import type { Op } from "../derivatives/define-op.ts";
import { tappedKernelGradient } from "./kernel-gradient.ts";
import { oddPadding } from "./odd-padding.ts";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];
interface Geometry {
  readonly stride: number;
  readonly inputShape: Shape4;
  readonly kernelShape: [number, number, number];
}

/** The convolution of x [B, H, W, C] with a kernel [kh, kw, C], which gives [B, ceil(H/stride), ceil(W/stride), C]. */
export function convolveDepthwise(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return forward({ x, kernel }, { stride, inputShape: x.shape, kernelShape: kernel.shape });
}

/** The adjoint of x -> convolveDepthwise(x, kernel), which maps y of the output's shape to x of shape `inputShape`. */
export function convolveDepthwiseAdjoint(
  y: Tensor,
  kernel: Tensor,
  stride: number,
  inputShape: readonly number[],
): Tensor {
  return adjoint({ y, kernel }, { stride, inputShape, kernelShape: kernel.shape });
}

const forward: Op<"x" | "kernel"> = defineOp(["x", "kernel"], {
  name: "InvertibleConvolveDepthwise",
  forward({ x, kernel }, attributes) {
    const { stride, kernelShape } = geometry(attributes);
    return stock(x, tf.reshape(kernel, [...kernelShape, 1]), stride);
  },
  gradient: (dy, { x, kernel }, attributes) => ({
    x: () => adjoint({ y: dy, kernel }, attributes),
    kernel: () => kernelGradient({ x, y: dy }, attributes),
  }),
});

const adjoint: Op<"y" | "kernel"> = defineOp(["y", "kernel"], {
  name: "InvertibleConvolveDepthwiseAdjoint",
  forward({ y, kernel }, attributes) {
    const { stride, inputShape, kernelShape } = geometry(attributes);
    const turned = tf.reshape(tf.reverse(kernel, [0, 1]), [...kernelShape, 1]);
    return stock(stride === 1 ? y : spread(y, inputShape), turned, 1);
  },
  gradient: (dx, { y, kernel }, attributes) => ({
    y: () => forward({ x: dx, kernel }, attributes),
    kernel: () => kernelGradient({ x: dx, y }, attributes),
  }),
});

const kernelGradient: Op<"x" | "y"> = defineOp(["x", "y"], {
  name: "InvertibleConvolveDepthwiseKernelGradient",
  forward({ x, y }, attributes) {
    const { stride, kernelShape } = geometry(attributes);
    if (!tf.getKernel(stockKernelGradient, tf.getBackend()))
      return tappedKernelGradient(x, y, kernelShape, stride);
    const gradient = tf.engine().runKernel(stockKernelGradient, { x, dy: y }, {
      strides: stride,
      pad: oddPadding(kernelShape),
      dilations: 1,
      filterShape: [...kernelShape, 1],
    } as unknown as tf.NamedAttrMap) as Tensor;
    return tf.reshape(gradient, kernelShape);
  },
  gradient: (dk, { x, y }, attributes) => ({
    x: () => adjoint({ y, kernel: dk }, attributes),
    y: () => forward({ x, kernel: dk }, attributes),
  }),
});

/** The kernel of TensorFlow.js for this gradient. The cpu and webgpu backends have it, wasm does not. */
const stockKernelGradient = "DepthwiseConv2dNativeBackpropFilter";

function stock(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return tf.depthwiseConv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, oddPadding(kernel.shape));
}

function geometry(attributes: object): Geometry {
  return attributes as Geometry;
}
