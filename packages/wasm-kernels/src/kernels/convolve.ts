import type * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { grainOf, split, withScratch } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";
import { isWorthMultiplying, multiply, withPackedFactor } from "./matrix-product.ts";

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

type Way = "no terms" | "single pixels" | "tiles" | "few outputs" | "neighbourhoods";

/** How a convolution is computed. Undefined for those that are left to the kernel of TensorFlow.js. */
function wayOf(kernelShape: Shape4, imageShape: Shape4, stride: number): Way | undefined {
  const [height, width, inputs, outputs] = kernelShape;
  if (inputs === 0) return "no terms";
  if (stride === 1) {
    if (height * width === 1) return "single pixels";
    if (isWinograd(kernelShape, imageShape)) return "tiles";
    if (outputs <= fewOutputs && inputs >= 8 && inputs % 4 === 0) return "few outputs";
  }
  return height * width * inputs < fewestTerms ? undefined : "neighbourhoods";
}

/** Computes y = k * x, with (k - 1) / 2 zeros around the images. Undefined for what is left to the kernel of TensorFlow.js. */
export function convolve(
  x: tf.Tensor,
  kernel: Kernel,
  stride: number,
  call: SplitCall,
): TensorInfo | undefined {
  switch (wayOf(kernel.shape, x.shape as Shape4, stride)) {
    case "no terms":
      return zeros(x.shape as Shape4, kernel.shape[3], stride, call);
    case "single pixels":
      return ofSinglePixels(x, kernel, false, call);
    case "tiles":
      return winograd(x, kernel, call);
    case "few outputs":
      return convolveToFew(x, kernel, call);
    case "neighbourhoods":
      return ofNeighbourhoods(x, kernel, stride, call);
    case undefined:
      return undefined;
  }
}

/** Computes the adjoint of y = k * x with stride 1, which maps images of the shape of y to images of the shape of x. Undefined as for `convolve`. */
export function convolveAdjoint(y: tf.Tensor, kernel: Kernel, call: SplitCall): TensorInfo | undefined {
  const [height, width, inputs, outputs] = kernel.shape;
  const shape: Shape4 = [height, width, outputs, inputs];
  const way = wayOf(shape, y.shape as Shape4, 1);
  if (way === "single pixels") return ofSinglePixels(y, kernel, true, call);
  if (way === "no terms") return zeros(y.shape as Shape4, inputs, 1, call);
  if (way === undefined) return undefined;
  return withScratch(call, 4 * height * width * inputs * outputs, (turned) => {
    call.native["turnKernel"]!(kernel.address, turned, height * width, inputs, outputs);
    return convolve(y, { address: turned, shape }, 1, call);
  });
}

/** The sums over no channels, which the kernel of TensorFlow.js leaves unset. */
function zeros(
  [batch, height, width]: Shape4,
  outputs: number,
  stride: number,
  { backend }: SplitCall,
): TensorInfo {
  const shape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), outputs];
  const out = backend.makeOutput(shape, "float32");
  backend.typedArrayFromHeap(out).fill(0);
  return out;
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
  withPackedFactor(call, { k, n }, (packed) =>
    multiply({ a, b: kernel.address, c, rows, k, n, transposeB: adjoint }, packed, call),
  );
  return out;
}

/** Whether a convolution of stride 1 is done in tiles of 2 x 2 results. It does not depend on the batch, so the result for an image does not either. */
export function isWinograd(
  [kernelHeight, kernelWidth, inputs, outputs]: Shape4,
  [, height, width]: Shape4,
): boolean {
  if (kernelHeight !== 3 || kernelWidth !== 3) return false;
  if (inputs % 4 !== 0 || outputs % 4 !== 0) return false;
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
