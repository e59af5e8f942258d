import { UnsupportedError } from "@invertible/errors";
import { sizeOf } from "@invertible/ops";
import { int, ints } from "../onnx/graph.ts";
import type { LoweredCall, Lowering } from "./lowering.ts";
import type { Scope } from "./scope.ts";
import type { Use } from "../trace/recording.ts";

type Shape4 = readonly [number, number, number, number];

/** A kernel [height, width, inputs, outputs] as [outputs, inputs, height, width]. */
function kernelForOnnx(scope: Scope, kernel: Use): string {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const { graph } = scope;
  if (height * width > 1) return graph.add("Transpose", [scope.plain(kernel)], { perm: ints([3, 2, 0, 1]) });
  const matrix = scope.plain({ array: kernel.array, shape: [inputs, outputs] });
  return graph.reshape(graph.add("Transpose", [matrix], { perm: ints([1, 0]) }), [outputs, inputs, 1, 1]);
}

/** A kernel turned by 180 degrees, with inputs and outputs exchanged. */
function turned(scope: Scope, kernel: Use): string {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const { graph } = scope;
  const taps = height * width;
  const flat = graph.reshape(scope.plain(kernel), [taps, inputs, outputs]);
  const reversed =
    taps === 1
      ? flat
      : graph.add("Gather", [flat, graph.integers(Array.from({ length: taps }, (_, i) => taps - 1 - i))], {
          axis: int(0),
        });
  return graph.reshape(graph.add("Transpose", [reversed], { perm: ints([0, 2, 1]) }), [
    height,
    width,
    outputs,
    inputs,
  ]);
}

interface Convolution {
  readonly x: Use;
  readonly kernel: Use;
  readonly output: Use;
  readonly stride: number;
}

/** A zero-padded convolution with an odd kernel. */
function convolve(scope: Scope, { x, kernel, output, stride }: Convolution): void {
  const { graph } = scope;
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const pads = paddings(height, width);
  const images = scope.channelsFirst(x);
  // To few channels the adjoint of the turned kernel is three times as fast: its matrix product has few rows, and no pixels are gathered.
  const origin = scope.origin(kernel);
  const name =
    stride === 1 && height * width > 1 && outputs < inputs
      ? graph.add(
          "ConvTranspose",
          [
            images,
            kernelForOnnx(
              scope,
              origin?.kernel === "InvertibleTurnKernel"
                ? (origin.inputs["kernel"] as Use)
                : turnedUse(scope, kernel),
            ),
          ],
          { pads },
        )
      : graph.add("Conv", [images, kernelForOnnx(scope, kernel)], { pads, strides: ints([stride, stride]) });
  scope.place(output, name, { imageShape: output.shape });
}

/** The turned kernel as an array of its own. */
function turnedUse(scope: Scope, kernel: Use): Use {
  const [height, width, inputs, outputs] = kernel.shape as Shape4;
  const array = { id: -1, dtype: kernel.array.dtype, size: kernel.array.size };
  const use = { array, shape: [height, width, outputs, inputs] };
  scope.place(use, turned(scope, kernel));
  return use;
}

const paddings = (height: number, width: number) => {
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  return ints([top, left, top, left]);
};

const conv2d: Lowering = (call, scope) => {
  const { strides, pad, dilations } = call.attributes as Record<string, unknown>;
  const kernel = call.input("filter");
  const [stride, otherStride] =
    [strides].flat().length === 2 ? ([strides].flat() as number[]) : [strides as number, strides as number];
  const [height, width] = kernel.shape as Shape4;
  const expected = [
    [0, 0],
    [(height - 1) / 2, (height - 1) / 2],
    [(width - 1) / 2, (width - 1) / 2],
    [0, 0],
  ];
  const isOdd =
    JSON.stringify(pad) === JSON.stringify(expected) ||
    (height * width === 1 && (pad === "same" || pad === "valid" || pad === 0));
  if (!isOdd || stride !== otherStride || [dilations].flat().some((each) => each !== 1 && each !== undefined))
    throw new UnsupportedError(
      `capture: expected a convolution with an odd kernel, zeros on all sides and equal strides, received ${JSON.stringify(call.attributes)}`,
    );
  convolve(scope, { x: call.input("x"), kernel, output: call.output, stride: stride! });
};

const adjoint: Lowering = (call, scope) => {
  const { stride, inputShape } = call.attributes as { stride: number; inputShape: number[] };
  const [y, kernel] = [call.input("y"), call.input("kernel")];
  const [height, width] = kernel.shape as Shape4;
  const left = ([size, sizeOut, taps]: readonly [number, number, number]) =>
    size - ((sizeOut - 1) * stride - (taps - 1) + taps);
  const name = scope.graph.add("ConvTranspose", [scope.channelsFirst(y), kernelForOnnx(scope, kernel)], {
    pads: paddings(height, width),
    strides: ints([stride, stride]),
    output_padding: ints([
      left([inputShape[1]!, y.shape[1]!, height]),
      left([inputShape[2]!, y.shape[2]!, width]),
    ]),
  });
  scope.place(call.output, name, { imageShape: call.output.shape });
};

/** [N, C, H W] from images. */
const pixels = (scope: Scope, x: Use) => {
  const [batch, height, width, channels] = x.shape as Shape4;
  return scope.graph.reshape(scope.channelsFirst(x), [batch, channels, height * width]);
};

/** x' y over all pixels of images, [inputs, outputs]: a product for each image, and their sum. */
export function imageKernelGradient(scope: Scope, x: Use, y: Use): string {
  return sumOfProducts(scope, pixels(scope, x), pixels(scope, y));
}

function sumOfProducts(scope: Scope, x: string, y: string): string {
  const { graph } = scope;
  const products = graph.product({ name: x, rank: 3 }, { name: y, rank: 3, transposed: true });
  return graph.add("ReduceSum", [products, graph.integers([0])], { keepdims: int(0) });
}

/** What the pixels see through each tap, [N, C * taps, H W], by a convolution of each channel with kernels of a single one. */
function neighbourhoods(scope: Scope, x: Use, height: number, width: number, reflected: boolean): string {
  const { graph } = scope;
  const [batch, rows, columns, channels] = x.shape as Shape4;
  const taps = height * width;
  const kernels = new Float32Array(channels * taps * taps);
  for (let channel = 0; channel < channels; channel++)
    for (let tap = 0; tap < taps; tap++)
      kernels[(channel * taps + tap) * taps + (reflected ? taps - 1 - tap : tap)] = 1;
  const seen = graph.add(
    "Conv",
    [scope.channelsFirst(x), graph.constant("float32", kernels, [channels * taps, 1, height, width])],
    { group: int(channels), pads: paddings(height, width) },
  );
  return graph.reshape(seen, [batch, channels * taps, rows * columns]);
}

const kernelGradient: Lowering = (call, scope) => {
  const { stride } = call.attributes as { stride: number };
  const [x, y] = [call.input("x"), call.input("y")];
  const { graph } = scope;
  const [height, width, inputs, outputs] = call.output.shape as Shape4;
  const taps = height * width;
  if (sizeOf(x.shape) === 0) return scope.place(call.output, graph.scalar(0), { actual: [] });
  if (taps === 1 && stride === 1) {
    const product = imageKernelGradient(scope, x, y);
    scope.place(call.output, graph.reshape(product, [1, 1, inputs, outputs]));
  } else if (stride !== 1) scope.place(call.output, gradientByConvolution(call, scope, x, y, stride));
  else if (outputs < inputs) {
    // [inputs, outputs * taps]
    const product = sumOfProducts(scope, pixels(scope, x), neighbourhoods(scope, y, height, width, true));
    const four = graph.reshape(product, [inputs, outputs, height, width]);
    scope.place(call.output, graph.add("Transpose", [four], { perm: ints([2, 3, 0, 1]) }));
  } else {
    // [inputs * taps, outputs]
    const product = sumOfProducts(scope, neighbourhoods(scope, x, height, width, false), pixels(scope, y));
    const four = graph.reshape(product, [inputs, height, width, outputs]);
    scope.place(call.output, graph.add("Transpose", [four], { perm: ints([1, 2, 0, 3]) }));
  }
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
  const exchange = { perm: ints([1, 0, 2, 3]) };
  const padded = graph.add("Pad", [
    graph.add("Transpose", [scope.channelsFirst(x)], exchange),
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
  const product = graph.add("Conv", [padded, graph.add("Transpose", [scope.channelsFirst(y)], exchange)], {
    dilations: ints([stride, stride]),
  });
  return graph.add("Transpose", [product], { perm: ints([2, 3, 0, 1]) });
}

const depthwise: Lowering = (call, scope) => {
  const { strides, pad } = call.attributes as Record<string, unknown>;
  const kernel = call.input("filter");
  const [height, width, channels, multiplier] = kernel.shape as Shape4;
  const [stride, otherStride] = [strides, strides].flat() as [number, number];
  const expected = [
    [0, 0],
    [(height - 1) / 2, (height - 1) / 2],
    [(width - 1) / 2, (width - 1) / 2],
    [0, 0],
  ];
  if (JSON.stringify(pad) !== JSON.stringify(expected) || stride !== otherStride || multiplier !== 1)
    throw new UnsupportedError(
      `capture: expected a depthwise convolution with an odd kernel and equal strides, received ${JSON.stringify(call.attributes)}`,
    );
  const { graph } = scope;
  const forOnnx = graph.add(
    "Transpose",
    [scope.plain({ array: kernel.array, shape: [height, width, channels, 1] })],
    {
      perm: ints([2, 3, 0, 1]),
    },
  );
  const name = graph.add("Conv", [scope.channelsFirst(call.input("x")), forOnnx], {
    group: int(channels),
    pads: paddings(height, width),
    strides: ints([stride, stride]),
  });
  scope.place(call.output, name, { imageShape: call.output.shape });
};

/** The kernels that convolve. */
export const convolutionLowerings: Readonly<Record<string, Lowering>> = {
  Conv2D: conv2d,
  DepthwiseConv2dNative: depthwise,
  InvertibleConvolve: (call, scope) =>
    convolve(scope, {
      x: call.input("x"),
      kernel: call.input("kernel"),
      output: call.output,
      stride: call.attributes["stride"] as number,
    }),
  InvertibleConvolveAdjoint: adjoint,
  InvertibleConvolveKernelGradient: kernelGradient,
  InvertibleTurnKernel: (call, scope) => scope.place(call.output, turned(scope, call.input("kernel"))),
};
