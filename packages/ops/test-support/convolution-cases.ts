import { linear } from "./derivative-case-builders.ts";
import type { DerivativeCase } from "./derivative-check.ts";
import * as ops from "../src/index.ts";
import type { Tensor } from "../src/tensors/types.ts";

const conv = (stride: 1 | 2, inputShape: number[]) => ({
  apply: (x: Tensor, kernel: Tensor) => ops.conv2d(kernel, { inputShape, stride }).apply(x),
  adjoint: (y: Tensor, kernel: Tensor) => ops.conv2d(kernel, { inputShape, stride }).adjoint(y),
});

const convolutions: DerivativeCase[] = (
  [
    ["3x3", [3, 3, 2, 2], 1, [3, 4, 2]],
    ["3x3 to 8 channels", [3, 3, 1, 8], 1, [3, 2, 1]],
    ["1x1", [1, 1, 3, 2], 1, [2, 3, 3]],
    ["3x3, stride 2, odd and even sizes", [3, 3, 2, 2], 2, [3, 4, 2]],
    ["1x1, stride 2", [1, 1, 2, 3], 2, [3, 2, 2]],
    ["1x3", [1, 3, 1, 2], 1, [2, 4, 1]],
    ["2x2", [2, 2, 1, 2], 1, [3, 2, 1]],
    ["2x3, stride 2", [2, 3, 2, 1], 2, [3, 4, 2]],
  ] as [string, number[], 1 | 2, number[]][]
).flatMap(([name, kernel, stride, shape]) => {
  const out = [Math.ceil(shape[0]! / stride), Math.ceil(shape[1]! / stride), kernel[3]!];
  return [
    linear(`conv2d.apply ${name}`, (x, k) => conv(stride, shape).apply(x!, k!), [2, ...shape], kernel),
    linear(`conv2d.adjoint ${name}`, (y, k) => conv(stride, shape).adjoint(y!, k!), [2, ...out], kernel),
  ];
});

const depthwiseConvolutions: DerivativeCase[] = (
  [
    ["3x3", [3, 3, 2], 1, [3, 4, 2]],
    ["3x3, stride 2, odd and even sizes", [3, 3, 2], 2, [3, 4, 2]],
    ["1x3, 4 channels", [1, 3, 4], 1, [5, 5, 4]],
    ["2x2", [2, 2, 2], 1, [3, 2, 2]],
    ["4x3, stride 2", [4, 3, 2], 2, [3, 4, 2]],
  ] as [string, number[], 1 | 2, number[]][]
).flatMap(([name, kernel, stride, shape]) => {
  const out = [Math.ceil(shape[0]! / stride), Math.ceil(shape[1]! / stride), shape[2]!];
  const operator = (k: Tensor) => ops.depthwiseConv2d(k, { inputShape: shape, stride });
  return [
    linear(`depthwiseConv2d.apply ${name}`, (x, k) => operator(k!).apply(x!), [1, ...shape], kernel),
    linear(`depthwiseConv2d.adjoint ${name}`, (y, k) => operator(k!).adjoint(y!), [1, ...out], kernel),
  ];
});

/** Convolutions and depthwise convolutions with their adjoints, in the images and in the kernel. */
export const convolutionCases: readonly DerivativeCase[] = [...convolutions, ...depthwiseConvolutions];
