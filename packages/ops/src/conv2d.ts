import { checkBatch, checkShape, fail } from "./checks.ts";
import { convolve, convolveAdjoint } from "./convolution.ts";
import { ShapeError } from "./errors.ts";
import type { LinearOperator } from "./linear-operator.ts";
import type { Shape, Tensor } from "./types.ts";

export interface Conv2dOptions {
  /** [H, W, inputs] */
  readonly inputShape: Shape;
  /** Default 1. */
  readonly stride?: 1 | 2;
}

/**
 * The convolution (cross-correlation) of images with `kernel` [kh, kw, inputs, outputs], kh and kw odd, without bias.
 * Borders are padded with (k-1)/2 zeros on every side, as PyTorch's `padding=(k-1)//2`; stride 2 then keeps pixels
 * 0, 2, 4, ...: [B, H, W, inputs] -> [B, ceil(H/stride), ceil(W/stride), outputs]. Differentiable, at any order, in the
 * images and in the kernel, on every backend.
 *
 * @throws ShapeError if kernel and inputShape do not fit each other.
 */
export function conv2d(kernel: Tensor, { inputShape, stride = 1 }: Conv2dOptions): LinearOperator {
  checkShape("conv2d.inputShape", inputShape);
  if (stride !== 1 && stride !== 2) fail("conv2d.stride", "1 or 2", stride);
  const [height, width, channels] = inputShape as [number, number, number];
  const fits =
    kernel.rank === 4 &&
    inputShape.length === 3 &&
    kernel.shape[0]! % 2 === 1 &&
    kernel.shape[1]! % 2 === 1 &&
    kernel.shape[2] === channels;
  if (!fits)
    throw new ShapeError(
      `conv2d kernel: expected [odd, odd, ${channels}, outputs] for images of shape [${inputShape.join(", ")}], ` +
        `received [${kernel.shape.join(", ")}]`,
    );
  const outputShape = [Math.ceil(height / stride), Math.ceil(width / stride), kernel.shape[3]!];
  return {
    inputShape,
    outputShape,
    structure: { kind: "conv2d", kernel, stride },
    apply(x) {
      checkBatch("conv2d.apply x", x, inputShape);
      return convolve(x, kernel, stride);
    },
    adjoint(y) {
      checkBatch("conv2d.adjoint y", y, outputShape);
      return convolveAdjoint(y, kernel, stride, [y.shape[0]!, ...inputShape]);
    },
  };
}
