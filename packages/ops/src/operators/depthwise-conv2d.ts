import { ShapeError, checkOptions, checkShape, fail } from "@invertible/errors";
import { checkBatch } from "../tensors/check-batch.ts";
import type { Conv2dOptions } from "./conv2d.ts";
import { convolveDepthwise, convolveDepthwiseAdjoint } from "./depthwise-convolution.ts";
import type { LinearOperator } from "./linear-operator.ts";
import { withOddKernel } from "./odd-kernel.ts";
import type { Tensor } from "../tensors/types.ts";

/**
 * The convolution (cross-correlation) of each channel of images with a kernel of its own, without bias, as a linear operator
 * [B, H, W, C] -> [B, ceil(H/stride), ceil(W/stride), C]. `kernel` [kh, kw, C] may have any size. Padding, strides and
 * derivatives are those of `conv2d`.
 *
 * @throws ArgumentError for a stride other than 1 and 2.
 * @throws ShapeError if kernel and inputShape do not fit each other.
 */
export function depthwiseConv2d(kernel: Tensor, options: Conv2dOptions): LinearOperator {
  checkOptions("depthwiseConv2d", options, { inputShape: "required", stride: "optional" });
  const { inputShape, stride = 1 } = options;
  checkShape("depthwiseConv2d.inputShape", inputShape);
  if (stride !== 1 && stride !== 2) fail("depthwiseConv2d.stride", "1 or 2", stride);
  const [height, width, channels] = inputShape as [number, number, number];
  const [kernelHeight, kernelWidth] = kernel.shape as [number, number];
  const fits =
    kernel.rank === 3 &&
    inputShape.length === 3 &&
    kernelHeight > 0 &&
    kernelWidth > 0 &&
    kernel.shape[2] === channels;
  if (!fits)
    throw new ShapeError(
      `depthwiseConv2d kernel: expected [kh, kw, ${channels}] for images of shape [${inputShape.join(", ")}], ` +
        `received [${kernel.shape.join(", ")}]`,
    );
  const outputShape = [Math.ceil(height / stride), Math.ceil(width / stride), channels];
  return {
    inputShape,
    outputShape,
    structure: { kind: "depthwiseConv2d", kernel, stride },
    apply(x) {
      checkBatch("depthwiseConv2d.apply x", x, inputShape);
      return withOddKernel(kernel, (odd) => convolveDepthwise(x, odd, stride));
    },
    adjoint(y) {
      checkBatch("depthwiseConv2d.adjoint y", y, outputShape);
      return withOddKernel(kernel, (odd) =>
        convolveDepthwiseAdjoint(y, odd, stride, [y.shape[0]!, ...inputShape]),
      );
    },
  };
}
