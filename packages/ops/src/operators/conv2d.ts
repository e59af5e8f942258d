import { ShapeError, checkOptions, checkShape, fail } from "@invertible/errors";
import { checkBatch } from "../tensors/check-batch.ts";
import { convolve, convolveAdjoint } from "./convolution.ts";
import type { LinearOperator } from "./linear-operator.ts";
import { withOddKernel } from "./odd-kernel.ts";
import type { Shape, Tensor } from "../tensors/types.ts";

/** Options of `conv2d` and `depthwiseConv2d`. */
export interface Conv2dOptions {
  /** [H, W, inputs] of the images. */
  readonly inputShape: Shape;
  /** Default 1. Stride 2 keeps pixels 0, 2, 4, ... on each axis. */
  readonly stride?: 1 | 2;
}

/**
 * The convolution (cross-correlation) of images with `kernel` [kh, kw, inputs, outputs] of any size, without bias, as a linear
 * operator [B, H, W, inputs] -> [B, ceil(H/stride), ceil(W/stride), outputs]. On each axis,
 *
 *     y[i] = sum_a kernel[a] x[stride i + a - floor((k-1)/2)],   x = 0 outside of the image.
 *
 * So there are floor((k-1)/2) zeros before the image and ceil((k-1)/2) after it, as with PyTorch's `padding="same"`. Stride 2
 * keeps pixels 0, 2, 4, ... of that result.
 *
 * The operator is differentiable at any order, in the images and in the kernel, on every backend. An even kernel size costs as
 * much as the odd one above it.
 *
 * @throws ArgumentError for a stride other than 1 and 2.
 * @throws ShapeError if kernel and inputShape do not fit each other.
 */
export function conv2d(kernel: Tensor, options: Conv2dOptions): LinearOperator {
  checkOptions("conv2d", options, { inputShape: "required", stride: "optional" });
  const { inputShape, stride = 1 } = options;
  checkShape("conv2d.inputShape", inputShape);
  if (stride !== 1 && stride !== 2) fail("conv2d.stride", "1 or 2", stride);
  const [height, width, channels] = inputShape as [number, number, number];
  const fits =
    kernel.rank === 4 &&
    inputShape.length === 3 &&
    kernel.shape[0]! > 0 &&
    kernel.shape[1]! > 0 &&
    kernel.shape[2] === channels;
  if (!fits)
    throw new ShapeError(
      `conv2d kernel: expected [kh, kw, ${channels}, outputs] for images of shape [${inputShape.join(", ")}], ` +
        `received [${kernel.shape.join(", ")}]`,
    );
  const outputShape = [Math.ceil(height / stride), Math.ceil(width / stride), kernel.shape[3]!];
  return {
    inputShape,
    outputShape,
    structure: { kind: "conv2d", kernel, stride },
    apply(x) {
      checkBatch("conv2d.apply x", x, inputShape);
      return withOddKernel(kernel, (odd) => convolve(x, odd, stride));
    },
    adjoint(y) {
      checkBatch("conv2d.adjoint y", y, outputShape);
      return withOddKernel(kernel, (odd) => convolveAdjoint(y, odd, stride, [y.shape[0]!, ...inputShape]));
    },
  };
}
