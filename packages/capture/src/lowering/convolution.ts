import { UnsupportedError } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import type { Shape } from "@invertible/ops";
import { int, ints } from "../onnx/graph.ts";
import type { Attribute } from "../onnx/graph.ts";
import type { Factor } from "../onnx/graph-builder.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import { images, placeImages } from "./images.ts";
import { neighbours, sumOverNeighbours } from "./neighbours.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

type Shape4 = readonly [number, number, number, number];

/** A kernel [height, width, inputs, outputs] as [outputs, inputs, height, width]. */
function straight(scope: Scope, kernel: Use): string {
  return scope.graph.add("Transpose", [scope.plain(kernel)], { perm: ints([3, 2, 0, 1]) });
}

/** The taps of [taps, ...] in the opposite order, which turns a kernel by 180 degrees. */
function turnedTaps({ graph }: Scope, kernel: string, taps: number): string {
  if (taps === 1) return kernel;
  const backwards = graph.integers(Array.from({ length: taps }, (_, tap) => taps - 1 - tap));
  return graph.add("Gather", [kernel, backwards], { axis: int(0) });
}

/** The turned kernel as [taps, inputs, outputs]. The adjoint of a convolution is the convolution with it from outputs to inputs. */
function turned(scope: Scope, kernel: Use): string {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const taps = height * width;
  return turnedTaps(scope, scope.plain({ array: kernel.array, shape: [taps, inputs, outputs] }), taps);
}

/** The turned kernel as [inputs, outputs, height, width]. */
function turnedImages(scope: Scope, kernel: Use): string {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const { graph } = scope;
  const last = graph.add("Transpose", [turned(scope, kernel)], { perm: ints([1, 2, 0]) });
  return graph.reshape(last, [inputs, outputs, height, width]);
}

/** A kernel as [taps * inputs, outputs], which is how its numbers lie. */
function byTapAndInput(scope: Scope, kernel: Use): Factor {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  return {
    name: scope.plain({ array: kernel.array, shape: [height * width * inputs, outputs] }),
    rank: 2,
  };
}

/** The turned kernel as [inputs, taps * outputs]. */
function turnedByInput(scope: Scope, kernel: Use): Factor {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const { graph } = scope;
  if (height * width === 1) return byTapAndInput(scope, kernel);
  const byInput = graph.add("Transpose", [turned(scope, kernel)], { perm: ints([1, 0, 2]) });
  return { name: graph.reshape(byInput, [inputs, height * width * outputs]), rank: 2 };
}

/** As many zeros on all sides as an odd kernel has taps beside its middle. */
export const paddings = (height: number, width: number) => {
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return ints([top, left, top, left]);
};

/**
 * Whether a convolution from some to other channels is written as one product of matrices. On the side with fewer channels, each pixel
 * then has the numbers of all pixels that its kernel covers. This takes little time and memory beside the product where they are
 * much fewer.
 */
function isProduct(scope: Scope, { from, to, taps, stride }: Size): boolean {
  if (stride !== 1) return false;
  if (taps === 1) return true;
  // Sums over neighbours are newer than what every runtime has.
  if (scope.graph.portable && to < from) return false;
  return taps * Math.min(from, to) <= 4 * Math.max(from, to);
}

interface Size {
  readonly from: number;
  readonly to: number;
  readonly taps: number;
  readonly stride: number;
}

/** Pixels as [C, P]. */
function pixels(scope: Scope, { array, shape }: Use): Factor {
  return {
    name: scope.channelsFirst({ array, shape: [sizeOf(shape.slice(0, -1)), shape.at(-1)!] }),
    rank: 2,
  };
}

const transposed = (factor: Factor): Factor => ({ ...factor, transposed: true });

/** A zero-padded convolution with an odd kernel. */
function convolve(scope: Scope, x: Use, kernel: Use, output: Use, stride: number): void {
  const { graph } = scope;
  const [height, width, from, to] = kernel.shape as Shape4;
  if (isProduct(scope, { from, to, taps: height * width, stride })) {
    const product =
      to < from
        ? summed(scope, graph.product(transposed(turnedByInput(scope, kernel)), pixels(scope, x)), {
            kernel,
            shape: output.shape,
          })
        : graph.product(transposed(byTapAndInput(scope, kernel)), neighbours(scope, x, [height, width]));
    return placePixels(scope, output, product);
  }
  const pads = paddings(height, width);
  placeImages(
    scope,
    output,
    stride === 1 && to < from
      ? toFewChannels(scope, images(scope, x), turnedImages(scope, kernel), pads)
      : graph.add("Conv", [images(scope, x), straight(scope, kernel)], {
          pads,
          strides: ints([stride, stride]),
        }),
  );
}

/** Places [C, P]. */
function placePixels(scope: Scope, { array, shape }: Use, name: string): void {
  const rows = { array, shape: [sizeOf(shape.slice(0, -1)), shape.at(-1)!] };
  scope.place(rows, name, { channelsFirst: true });
}

/** Products for each tap of a kernel, summed where the tap lies, [C, P]. */
function summed(scope: Scope, products: string, { kernel, shape }: { kernel: Use; shape: Shape }): string {
  const [height, width] = kernel.shape as Shape4;
  return height * width === 1 ? products : sumOverNeighbours(scope, products, shape, [height, width]);
}

/**
 * A convolution to fewer channels, as the adjoint of the turned kernel. It is three times as fast, because its matrix product has few
 * rows and no pixels are gathered.
 */
const toFewChannels = (scope: Scope, from: string, kernel: string, pads: Attribute) =>
  scope.graph.add("ConvTranspose", [from, kernel], { pads });

/** The padding of an odd kernel as TensorFlow.js states it. */
export const statedPadding = (height: number, width: number) => {
  const [rows, columns] = [(height - 1) / 2, (width - 1) / 2];
  return JSON.stringify([
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ]);
};

const conv2d: Lowering = (call, scope) => {
  const { strides, pad, dilations, dataFormat } = call.attributes as Record<string, unknown>;
  const kernel = call.input("filter");
  const [stride, otherStride = stride] = [strides].flat() as number[];
  const [height, width] = kernel.shape as Shape4;
  const isOdd =
    JSON.stringify(pad) === statedPadding(height, width) ||
    (height * width === 1 && (pad === "same" || pad === "valid" || pad === 0));
  const isDilated = [dilations].flat().some((each) => each !== 1 && each !== undefined);
  if (!isOdd || stride !== otherStride || isDilated || dataFormat !== "NHWC")
    throw new UnsupportedError(
      `capture: expected a convolution with an odd kernel, zeros on all sides, equal strides and the channels last, received ${JSON.stringify(call.attributes)}`,
    );
  convolve(scope, call.input("x"), kernel, call.output, stride!);
};

const adjoint: Lowering = (call, scope) => {
  const { stride, inputShape } = call.attributes as { stride: number; inputShape: number[] };
  const [y, kernel] = [call.input("y"), call.input("kernel")];
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const { graph } = scope;
  const { output } = call;
  if (isProduct(scope, { from: outputs, to: inputs, taps: height * width, stride })) {
    const product =
      inputs < outputs
        ? summed(scope, graph.product(byTapAndInput(scope, kernel), pixels(scope, y)), {
            kernel,
            shape: output.shape,
          })
        : graph.product(turnedByInput(scope, kernel), neighbours(scope, y, [height, width]));
    return placePixels(scope, output, product);
  }
  const pads = paddings(height, width);
  if (stride === 1)
    return placeImages(
      scope,
      output,
      inputs < outputs
        ? toFewChannels(scope, images(scope, y), straight(scope, kernel), pads)
        : graph.add("Conv", [images(scope, y), turnedImages(scope, kernel)], { pads }),
    );
  // Pixels after the last that a kernel was put on.
  const left = (axis: number) => inputShape[axis]! - 1 - (y.shape[axis]! - 1) * stride;
  placeImages(
    scope,
    output,
    graph.add("ConvTranspose", [images(scope, y), straight(scope, kernel)], {
      pads,
      strides: ints([stride, stride]),
      output_padding: ints([left(1), left(2)]),
    }),
  );
};

const kernelGradient: Lowering = (call, scope) => {
  const { stride } = call.attributes as { stride: number };
  const [x, y] = [call.input("x"), call.input("y")];
  const { graph } = scope;
  const [height, width, inputs, outputs] = call.output.shape as Shape4;
  const taps = height * width;
  if (sizeOf(x.shape) === 0) return scope.place(call.output, graph.scalar(0), { actual: [] });
  if (stride !== 1) return scope.place(call.output, gradientByConvolution(call, scope, x, y, stride));
  const { array } = call.output;
  if (outputs < inputs && taps > 1) {
    const product = graph.product(pixels(scope, x), transposed(neighbours(scope, y, [height, width])));
    const byTap = graph.add("Transpose", [graph.reshape(product, [inputs, taps, outputs])], {
      perm: ints([1, 0, 2]),
    });
    return scope.place({ array, shape: [taps, inputs, outputs] }, turnedTaps(scope, byTap, taps));
  }
  const product = graph.product(neighbours(scope, x, [height, width]), transposed(pixels(scope, y)));
  scope.place({ array, shape: [taps * inputs, outputs] }, product);
};

/** The gradient as a convolution of x with y, where images and channels have changed places and y has holes of the stride. */
function gradientByConvolution(call: LoweredCall, scope: Scope, x: Use, y: Use, stride: number): string {
  const { graph } = scope;
  const [height, width] = call.output.shape as Shape4;
  const [, rows, columns] = x.shape as Shape4;
  const [, rowsOut, columnsOut] = y.shape as Shape4;
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  // As much after the image as makes the result exactly as large as the kernel.
  const after = (size: number, sizeOut: number, taps: number, before: number) =>
    taps - 1 + (sizeOut - 1) * stride + 1 - size - before;
  const padded = graph.add("Pad", [
    scope.channelsFirst(x),
    graph.integers([
      0,
      0,
      top,
      left,
      0,
      0,
      after(rows, rowsOut, height, top),
      after(columns, columnsOut, width, left),
    ]),
    graph.scalar(0),
  ]);
  const product = graph.add("Conv", [padded, scope.channelsFirst(y)], {
    dilations: ints([stride, stride]),
  });
  return graph.add("Transpose", [product], { perm: ints([2, 3, 0, 1]) });
}

/** The kernels that convolve. */
export const convolutionLowerings: Readonly<Record<string, Lowering>> = {
  Conv2D: conv2d,
  InvertibleConvolve: (call, scope) =>
    convolve(scope, call.input("x"), call.input("kernel"), call.output, call.attributes["stride"] as number),
  InvertibleConvolveAdjoint: adjoint,
  InvertibleConvolveKernelGradient: kernelGradient,
};
