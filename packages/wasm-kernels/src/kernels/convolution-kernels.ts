import * as tf from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import type { SplitCall } from "../native/split.ts";
import { stridedAdjoint } from "../strided/strided-adjoint.ts";
import { convolve, convolveAdjoint } from "./convolve.ts";
import type { Kernel, Shape4 } from "./convolve.ts";
import { kernelGradient } from "./kernel-gradient.ts";

/** Registers kernels for convolutions and their gradients. */
export function registerConvolutionKernels(): void {
  overrideKernel("InvertibleConvolve", ({ inputs, attributes, ...call }) => {
    const { x, kernel } = inputs as { x: tf.Tensor; kernel: tf.Tensor };
    if (x.dtype !== "float32" || kernel.dtype !== "float32") return undefined;
    return convolve(x, inMemory(kernel, call), attributes["stride"] as number, call);
  });

  overrideKernel("InvertibleConvolveAdjoint", ({ inputs, attributes, ...call }) => {
    const { y, kernel } = inputs as { y: tf.Tensor; kernel: tf.Tensor };
    // With stride 2 it is composed of several convolutions.
    if (attributes["stride"] !== 1 || y.dtype !== "float32" || kernel.dtype !== "float32") return undefined;
    return convolveAdjoint(y, inMemory(kernel, call), call);
  });

  overrideKernel("InvertibleTurnKernel", ({ inputs, backend, native }) => {
    const kernel = inputs["kernel"]!;
    const [height, width, channels, outputs] = kernel.shape as Shape4;
    const out = backend.makeOutput([height, width, outputs, channels], "float32");
    native["turnKernel"]!(address(backend, kernel), address(backend, out), height * width, channels, outputs);
    return out;
  });

  overrideKernel("InvertibleConvolveKernelGradient", ({ inputs, attributes, ...call }) => {
    const { x, y } = inputs as { x: tf.Tensor; y: tf.Tensor };
    const { stride, kernelShape } = attributes as { stride: number; kernelShape: Shape4 };
    const before: [number, number] = [(kernelShape[0] - 1) / 2, (kernelShape[1] - 1) / 2];
    return kernelGradient(x, y, kernelShape, stride, before, call);
  });

  overrideKernel("InvertibleConvolveDepthwiseKernelGradient", ({ inputs, attributes, backend, native }) => {
    const { x, y } = inputs as { x: tf.Tensor; y: tf.Tensor };
    const { stride, kernelShape } = attributes as { stride: number; kernelShape: number[] };
    const [kernelHeight, kernelWidth, channels] = kernelShape as [number, number, number];
    const [batch, height, width] = y.shape as Shape4;
    const [, sourceHeight, sourceWidth] = x.shape as Shape4;
    const out = backend.makeOutput(kernelShape, "float32");
    native["depthwiseKernelGradient"]!(
      address(backend, x),
      address(backend, y),
      address(backend, out),
      batch,
      height,
      width,
      sourceHeight,
      sourceWidth,
      channels,
      kernelHeight,
      kernelWidth,
      stride,
    );
    return out;
  });

  /** The gradient in the filter, which the wasm backend of TensorFlow.js lacks. With it, `tf.conv2d` can be trained. */
  overrideKernel("Conv2DBackpropFilter", ({ inputs, attributes, ...call }) => {
    const { x, dy } = inputs as { x: tf.Tensor; dy: tf.Tensor };
    const info = stockConvolution(x.shape as Shape4, attributes["filterShape"] as Shape4, attributes);
    if (info.strideHeight !== info.strideWidth || info.dataFormat !== "channelsLast")
      throw new Error("Conv2DBackpropFilter on wasm: expected equal strides and NHWC");
    const { padInfo, strideHeight, filterHeight, filterWidth, inChannels, outChannels } = info;
    const shape: Shape4 = [filterHeight, filterWidth, inChannels, outChannels];
    return kernelGradient(x, dy, shape, strideHeight, [padInfo.top, padInfo.left], call);
  });

  /**
   * The gradient in the images. The kernel of TensorFlow.js is a plain loop. With stride 1 the gradient is a convolution by the
   * turned kernel, and with stride 2 it consists of two convolutions.
   */
  overrideKernel("Conv2DBackpropInput", ({ inputs, attributes }) => {
    const { dy, filter } = inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D };
    const inputShape = attributes["inputShape"] as Shape4;
    const info = stockConvolution(inputShape, filter.shape, attributes);
    const { strideHeight: stride, outHeight, outWidth } = info;
    if (stride !== info.strideWidth || stride > 2 || info.dataFormat !== "channelsLast") return undefined;
    const { top, bottom, left, right } = info.padInfo;
    const [h, w] = [info.filterHeight - 1, info.filterWidth - 1];
    if (Math.max(top, bottom) > h || Math.max(left, right) > w) return undefined;
    const few = 2 * top <= h && 2 * left <= w;
    const fits = 2 * outHeight <= inputShape[1] + 1 && 2 * outWidth <= inputShape[2] + 1;
    if (stride === 2 && !(few && fits)) return undefined;
    return tf.tidy(() => {
      const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
      if (stride === 2) return stridedAdjoint(dy, turned, { top, left, inputShape });
      return tf.conv2d(dy, turned, 1, [
        [0, 0],
        [h - top, h - bottom],
        [w - left, w - right],
        [0, 0],
      ]);
    });
  });
}

function inMemory(kernel: tf.Tensor, { backend }: SplitCall): Kernel {
  return { address: address(backend, kernel), shape: kernel.shape as Shape4 };
}

function stockConvolution(input: Shape4, filter: Shape4, attributes: Readonly<Record<string, unknown>>) {
  const { strides, pad, dimRoundingMode, dataFormat } = attributes as {
    strides: number | [number, number];
    pad: "valid" | "same" | number | [[number, number], [number, number], [number, number], [number, number]];
    dimRoundingMode?: "floor" | "round" | "ceil";
    dataFormat: "NHWC" | "NCHW";
  };
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  return tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad, dimRoundingMode, false, format);
}
