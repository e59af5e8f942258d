import * as tf from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { address } from "../native/native.ts";
import { addUp, grainOf } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";
import { isWinograd } from "./convolve.ts";
import type { Shape4 } from "./convolve.ts";

/**
 * Computes dk[i, j, c, o] = sum of x[h * stride + i - top, w * stride + j - left, c] y[h, w, o] over images and pixels of y.
 */
export function kernelGradient(
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
  const fromX = (image: number) => address(backend, x) + 4 * image * sourceHeight * sourceWidth * inputs;
  const fromY = (image: number) => address(backend, y) + 4 * image * height * width * outputs;
  const same = stride === 1 && top === 1 && left === 1 && height === sourceHeight && width === sourceWidth;
  if (same && isWinograd(shape, x.shape as Shape4) && (inputs % 8 === 0 || outputs % 8 === 0)) {
    addUp(call, address(backend, out), tf.util.sizeFromShape(shape), {
      kernel: "winogradKernelGradient",
      units: batch,
      grain: grainOf(4 * height * width * inputs * outputs),
      scratch: native["winogradKernelGradientScratch"]!(inputs, outputs),
      argumentsOf: ({ from, to, scratch }, sum) => [
        fromX(from),
        fromY(from),
        sum,
        scratch,
        to - from,
        height,
        width,
        inputs,
        outputs,
      ],
    });
    return out;
  }
  // The neighbourhoods of the image with fewer channels are gathered.
  const reflected =
    stride === 1 && sizeOfPanels(taps * outputs, inputs) < sizeOfPanels(taps * inputs, outputs);
  addUp(call, address(backend, out), tf.util.sizeFromShape(shape), {
    kernel: "neighbourhoodProduct",
    units: batch,
    grain: grainOf(height * width * taps * inputs * outputs),
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

/** The work of a product with m gathered and n direct columns. Gathering costs about as much as 8 direct columns. */
function sizeOfPanels(m: number, n: number): number {
  return 4 * Math.ceil(m / 4) * (8 * Math.ceil(n / 8) + 8);
}
