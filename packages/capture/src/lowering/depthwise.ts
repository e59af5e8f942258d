import { UnsupportedError } from "@invertible/errors";
import { int, ints } from "../onnx/graph.ts";
import { paddings, statedPadding } from "./convolution.ts";
import { images, placeImages } from "./images.ts";
import type { Lowering } from "./lowering.ts";

type Shape4 = readonly [number, number, number, number];

const depthwise: Lowering = (call, scope) => {
  const { strides, pad } = call.attributes as Record<string, unknown>;
  const kernel = call.input("filter");
  const [height, width, channels, multiplier] = kernel.shape as Shape4;
  const [stride, otherStride = stride] = [strides].flat() as number[];
  if (JSON.stringify(pad) !== statedPadding(height, width) || stride !== otherStride || multiplier !== 1)
    throw new UnsupportedError(
      `capture: expected a depthwise convolution with an odd kernel and equal strides, received ${JSON.stringify(call.attributes)}`,
    );
  const { graph } = scope;
  const whole = scope.plain({ array: kernel.array, shape: [height, width, channels, 1] });
  const forOnnx = graph.add("Transpose", [whole], { perm: ints([2, 3, 0, 1]) });
  const name = graph.add("Conv", [images(scope, call.input("x")), forOnnx], {
    group: int(channels),
    pads: paddings(height, width),
    strides: ints([stride!, stride!]),
  });
  placeImages(scope, call.output, name);
};

/** Tap by tap, the sum of the products of y with the pixels of x that this tap saw. */
const kernelGradient: Lowering = (call, scope) => {
  const { stride } = call.attributes as { stride: number };
  const [x, y] = [call.input("x"), call.input("y")];
  const [height, width, channels] = call.output.shape as readonly [number, number, number];
  const [, rows, columns] = y.shape as Shape4;
  const { graph } = scope;
  const [top, left] = [(height - 1) / 2, (width - 1) / 2];
  const pads = graph.integers([0, 0, top, left, 0, 0, top, left]);
  const padded = graph.add("Pad", [scope.channelsFirst(x), pads, graph.scalar(0)]);
  const factor = scope.channelsFirst(y);
  const taps = Array.from({ length: height * width }, (_, tap) => {
    const first = [Math.floor(tap / width), tap % width];
    const last = [first[0]! + (rows - 1) * stride + 1, first[1]! + (columns - 1) * stride + 1];
    const seen = graph.add("Slice", [
      padded,
      graph.integers(first),
      graph.integers(last),
      graph.integers([2, 3]),
      graph.integers([stride, stride]),
    ]);
    const product = graph.add("Mul", [seen, factor]);
    const sum = graph.add("ReduceSum", [product, graph.integers([1, 2, 3])], { keepdims: int(0) });
    return graph.reshape(sum, [1, channels]);
  });
  const joined = taps.length === 1 ? taps[0]! : graph.add("Concat", taps, { axis: int(0) });
  scope.place(call.output, graph.reshape(joined, [height, width, channels]));
};

/** The kernels that convolve each channel on its own. */
export const depthwiseLowerings: Readonly<Record<string, Lowering>> = {
  DepthwiseConv2dNative: depthwise,
  InvertibleConvolveDepthwiseKernelGradient: kernelGradient,
};
