import type * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { grainOf, split, withScratch } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";
import { isWorthMultiplying, multiply } from "./multiply.ts";

/** The shape of images [batch, height, width, channels] or of a kernel [kernel height, kernel width, inputs, outputs]. */
export type Shape4 = [number, number, number, number];

/** A convolution kernel in the memory of the backend. */
export interface Kernel {
  readonly address: number;
  readonly shape: Shape4;
}

/** Up to this number of output channels, scalar products along the input channels are faster than a matrix product. */
const fewOutputs = 16;

/** With fewer terms in a sum, the convolution of TensorFlow.js is faster than gathering them for a matrix product. */
const fewestTerms = 16;

/** With a smaller share of results inside of the image, the tiles of `winograd` cost more than they save. */
const smallestShare = 2 / 3;

/** Computes y = k * x, with (k - 1) / 2 zeros around the images. Undefined for kernels that are left to the kernel of TensorFlow.js. */
export function convolve(
  x: tf.Tensor,
  kernel: Kernel,
  stride: number,
  call: SplitCall,
): TensorInfo | undefined {
  const [height, width, inputs, outputs] = kernel.shape;
  if (stride === 1) {
    if (height * width === 1) return ofSinglePixels(x, kernel, false, call);
    if (isWinograd(kernel.shape, x.shape as Shape4)) return winograd(x, kernel, call);
    if (outputs <= fewOutputs && inputs >= 8 && inputs % 4 === 0) return convolveToFew(x, kernel, call);
  }
  return height * width * inputs < fewestTerms ? undefined : ofNeighbourhoods(x, kernel, stride, call);
}

/** Computes the adjoint of y = k * x with stride 1, which maps images of the shape of y to images of the shape of x. Undefined as for `convolve`. */
export function convolveAdjoint(y: tf.Tensor, kernel: Kernel, call: SplitCall): TensorInfo | undefined {
  const [height, width, inputs, outputs] = kernel.shape;
  if (height * width === 1) return ofSinglePixels(y, kernel, true, call);
  return withScratch(call, 4 * height * width * inputs * outputs, (turned) => {
    call.native["turnKernel"]!(kernel.address, turned, height * width, inputs, outputs);
    return convolve(y, { address: turned, shape: [height, width, outputs, inputs] }, 1, call);
  });
}

/** Computes k * x or its adjoint for a kernel of a single pixel. Each pixel is a row of a matrix. */
function ofSinglePixels(
  x: tf.Tensor,
  kernel: Kernel,
  adjoint: boolean,
  call: SplitCall,
): TensorInfo | undefined {
  const [, , inputs, outputs] = kernel.shape;
  const [k, n] = adjoint ? [outputs, inputs] : [inputs, outputs];
  const shape = x.shape.slice(0, 3);
  const rows = shape[0]! * shape[1]! * shape[2]!;
  if (!isWorthMultiplying({ rows, k, transposeB: adjoint })) return undefined;
  const out = call.backend.makeOutput([...shape, n], "float32");
  const [a, c] = [address(call.backend, x), address(call.backend, out)];
  multiply({ a, b: kernel.address, c, rows, k, n, transposeB: adjoint }, call);
  return out;
}

/** Whether the convolution of stride 1 is done in tiles of 2 x 2 results. It depends on no batch, so that a result does not either. */
export function isWinograd(
  [kernelHeight, kernelWidth, inputs, outputs]: Shape4,
  [, height, width]: Shape4,
): boolean {
  if (kernelHeight !== 3 || kernelWidth !== 3 || inputs % 4 !== 0 || outputs % 4 !== 0) return false;
  return height * width >= smallestShare * 4 * Math.ceil(height / 2) * Math.ceil(width / 2);
}

/** Computes y = k * x for a kernel of 3 x 3 taps and multiples of 4 channels, with 16 multiplications where the sum has 36. */
function winograd(x: tf.Tensor, kernel: Kernel, call: SplitCall): TensorInfo {
  const [batch, height, width, inputs] = x.shape as Shape4;
  const outputs = kernel.shape[3]!;
  const { backend, native } = call;
  const out = backend.makeOutput([batch, height, width, outputs], "float32");
  withScratch(call, native["winogradKernelBytes"]!(inputs, outputs), (transformed) => {
    native["winogradKernel"]!(kernel.address, transformed, inputs, outputs);
    split(call, "winogradConvolve", {
      units: batch,
      grain: grainOf(4 * height * width * inputs * outputs),
      scratch: native["winogradConvolveScratch"]!(inputs),
      argumentsOf: ({ from, to, scratch }) => [
        address(backend, x) + 4 * from * height * width * inputs,
        transformed,
        address(backend, out) + 4 * from * height * width * outputs,
        scratch,
        to - from,
        height,
        width,
        inputs,
        outputs,
      ],
    });
  });
  return out;
}

/** Computes y = k * x for few output channels and a number of input channels that is a multiple of 4. */
function convolveToFew(x: tf.Tensor, kernel: Kernel, call: SplitCall): TensorInfo {
  const [batch, height, width, inputs] = x.shape as Shape4;
  const [kernelHeight, kernelWidth, , outputs] = kernel.shape as Shape4;
  const { backend, native } = call;
  const out = backend.makeOutput([batch, height, width, outputs], "float32");
  const pixels = height * width;
  split(call, "convolveToFew", {
    units: batch,
    grain: grainOf(pixels * kernelHeight * kernelWidth * inputs * outputs),
    scratch: native["convolveToFewScratch"]!(kernelHeight * kernelWidth, inputs, outputs),
    argumentsOf: ({ from, to, scratch }) => [
      address(backend, x) + 4 * from * pixels * inputs,
      kernel.address,
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
function ofNeighbourhoods(x: tf.Tensor, kernel: Kernel, stride: number, call: SplitCall): TensorInfo {
  const [batch, sourceHeight, sourceWidth, inputs] = x.shape as Shape4;
  const [kernelHeight, kernelWidth, , outputs] = kernel.shape as Shape4;
  const [height, width] = [Math.ceil(sourceHeight / stride), Math.ceil(sourceWidth / stride)];
  const { backend, native } = call;
  const out = backend.makeOutput([batch, height, width, outputs], "float32");
  split(call, "convolve", {
    units: batch,
    grain: grainOf(height * width * kernelHeight * kernelWidth * inputs * outputs),
    scratch: native["convolveScratch"]!(kernelHeight * kernelWidth, inputs, outputs),
    argumentsOf: ({ from, to, scratch }) => [
      address(backend, x) + 4 * from * sourceHeight * sourceWidth * inputs,
      kernel.address,
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
