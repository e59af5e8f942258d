import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { overrideKernel } from "../native/override-kernel.ts";
import { addUp, fewestMultiplications, split } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";
import { stridedAdjoint } from "../strided/strided-adjoint.ts";

type Shape4 = [number, number, number, number];

/** Up to this number of output channels, scalar products along the input channels are faster than a matrix product. */
const fewOutputs = 16;

/** With fewer terms in a sum, the convolution of TensorFlow.js is faster than gathering them for a matrix product. */
const fewestTerms = 16;

/** Registers kernels for convolutions and their gradients. */
export function registerConvolutionKernels(): void {
  overrideKernel("InvertibleConvolve", (call) => {
    const { x, kernel } = call.inputs as { x: tf.Tensor; kernel: tf.Tensor };
    const [height, width, inputs, outputs] = kernel.shape as Shape4;
    const stride = call.attributes["stride"] as number;
    if (x.dtype !== "float32" || kernel.dtype !== "float32") return undefined;
    // The composed form of a 1x1 convolution is a matrix product without anything to gather.
    if (height * width === 1 && stride === 1) return undefined;
    if (stride === 1 && outputs <= fewOutputs && inputs >= 8 && inputs % 4 === 0)
      return convolveToFew(x, kernel, call);
    return height * width * inputs < fewestTerms ? undefined : convolve(x, kernel, stride, call);
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

/** Computes y = k * x for few output channels and a number of input channels that is a multiple of 4. */
function convolveToFew(x: tf.Tensor, kernel: tf.Tensor, call: SplitCall): TensorInfo {
  const [batch, height, width, inputs] = x.shape as Shape4;
  const [kernelHeight, kernelWidth, , outputs] = kernel.shape as Shape4;
  const { backend, native } = call;
  const out = backend.makeOutput([batch, height, width, outputs], "float32");
  const pixels = height * width;
  split(call, "convolveToFew", {
    units: batch,
    grain: imagesOf(pixels * kernelHeight * kernelWidth * inputs * outputs),
    scratch: native["convolveToFewScratch"]!(kernelHeight * kernelWidth, inputs, outputs),
    argumentsOf: ({ from, to, scratch }) => [
      address(backend, x) + 4 * from * pixels * inputs,
      address(backend, kernel),
      address(backend, out) + 4 * from * pixels * outputs,
      scratch,
      to - from,
      height,
      width,
      inputs,
      outputs,
      kernelHeight,
      kernelWidth,
    ],
  });
  return out;
}

/** Computes y = k * x as a product of the neighbourhoods of the pixels with the kernel, for 64 pixels at a time. */
function convolve(x: tf.Tensor, kernel: tf.Tensor, stride: number, call: SplitCall): TensorInfo {
  const [batch, sourceHeight, sourceWidth, inputs] = x.shape as Shape4;
  const [kernelHeight, kernelWidth, , outputs] = kernel.shape as Shape4;
  const [height, width] = [Math.ceil(sourceHeight / stride), Math.ceil(sourceWidth / stride)];
  const { backend, native } = call;
  const out = backend.makeOutput([batch, height, width, outputs], "float32");
  split(call, "convolve", {
    units: batch,
    grain: imagesOf(height * width * kernelHeight * kernelWidth * inputs * outputs),
    scratch: native["convolveScratch"]!(kernelHeight * kernelWidth, inputs, outputs),
    argumentsOf: ({ from, to, scratch }) => [
      address(backend, x) + 4 * from * sourceHeight * sourceWidth * inputs,
      address(backend, kernel),
      address(backend, out) + 4 * from * height * width * outputs,
      scratch,
      to - from,
      height,
      width,
      sourceHeight,
      sourceWidth,
      inputs,
      outputs,
      kernelHeight,
      kernelWidth,
      (kernelHeight - 1) / 2,
      (kernelWidth - 1) / 2,
      stride,
    ],
  });
  return out;
}

/**
 * Computes dk[i, j, c, o] = sum of x[h * stride + i - top, w * stride + j - left, c] y[h, w, o] over images and pixels of y.
 */
function kernelGradient(
  x: tf.Tensor,
  y: tf.Tensor,
  shape: Shape4,
  stride: number,
  [top, left]: [number, number],
  call: SplitCall,
): TensorInfo {
  const [batch, height, width, outputs] = y.shape as Shape4;
  const [, sourceHeight, sourceWidth, inputs] = x.shape as Shape4;
  const [kernelHeight, kernelWidth] = shape;
  const taps = kernelHeight * kernelWidth;
  const { backend, native } = call;
  const out = backend.makeOutput(shape, "float32");
  // The neighbourhoods of the image with fewer channels are gathered.
  const reflected =
    stride === 1 && sizeOfPanels(taps * outputs, inputs) < sizeOfPanels(taps * inputs, outputs);
  const fromX = (image: number) => address(backend, x) + 4 * image * sourceHeight * sourceWidth * inputs;
  const fromY = (image: number) => address(backend, y) + 4 * image * height * width * outputs;
  addUp(call, address(backend, out), tf.util.sizeFromShape(shape), {
    kernel: "neighbourhoodProduct",
    units: batch,
    grain: imagesOf(height * width * taps * inputs * outputs),
    scratch: reflected
      ? native["neighbourhoodProductScratch"]!(taps * outputs, inputs)
      : native["neighbourhoodProductScratch"]!(taps * inputs, outputs),
    argumentsOf: ({ from, to, scratch }, sum) =>
      reflected
        ? [
            fromY(from),
            fromX(from),
            sum,
            scratch,
            to - from,
            sourceHeight,
            sourceWidth,
            height,
            width,
            outputs,
            inputs,
            kernelHeight,
            kernelWidth,
            kernelHeight - 1 - top,
            kernelWidth - 1 - left,
            1,
            1,
          ]
        : [
            fromX(from),
            fromY(from),
            sum,
            scratch,
            to - from,
            height,
            width,
            sourceHeight,
            sourceWidth,
            inputs,
            outputs,
            kernelHeight,
            kernelWidth,
            top,
            left,
            stride,
            0,
          ],
  });
  return out;
}

/** How many images are worth a part of their own, for so many multiplications in each. */
function imagesOf(multiplications: number): number {
  return Math.ceil(fewestMultiplications / multiplications);
}

/** The work of a product with m gathered and n direct columns. Gathering costs about as much as 8 direct columns. */
function sizeOfPanels(m: number, n: number): number {
  return 4 * Math.ceil(m / 4) * (8 * Math.ceil(n / 8) + 8);
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
