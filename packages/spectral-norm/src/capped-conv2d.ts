import { checkPositiveInteger, checkShape, conv2d, fail, gradients, reshape } from "@invertible/ops";
import type { LinearOperator, Random, Shape, Tensor } from "@invertible/ops";
import { cappedOperator } from "./capped-operator.ts";
import { denseFamily } from "./capped-dense.ts";
import type { CappedOperator, MeasuredFamily } from "./capped-operator.ts";
import { kaimingUniform } from "./initial-values.ts";

export interface CappedConv2dOptions {
  /** [H, W, channels] */
  readonly inputShape: Shape;
  /** Output channels. */
  readonly outputs: number;
  /** k of the k x k kernel, odd. */
  readonly kernelSize: number;
  /** c, the cap on the norm of the operator. */
  readonly coefficient: number;
  readonly random: Random;
}

/**
 * A convolution of stride 1 with zero 'same' padding, [B, H, W, channels] -> [B, H, W, outputs], without bias, whose norm is
 * held at or below c. The norm is that of the operator on H x W images, zero padding included; the norm of the reshaped
 * kernel can be k times smaller. (For k = 1 both are the same, and the small matrix is used.) The kernel
 * [k, k, channels, outputs] starts Kaiming-uniform.
 *
 * @throws ArgumentError for sizes below 1, an even kernelSize, or a coefficient that is not a positive number.
 * @see Gouk et al. (2018), arXiv:1804.04368, section 3.2, for power iteration on the operator
 */
export function cappedConv2d(options: CappedConv2dOptions): CappedOperator {
  const { inputShape, outputs, kernelSize, coefficient, random } = options;
  checkShape("cappedConv2d: inputShape", inputShape);
  if (inputShape.length !== 3) fail("cappedConv2d: inputShape", "[H, W, channels]", inputShape);
  checkPositiveInteger("cappedConv2d: outputs", outputs);
  checkPositiveInteger("cappedConv2d: kernelSize", kernelSize);
  if (kernelSize % 2 === 0) fail("cappedConv2d: kernelSize", "an odd number", kernelSize);
  const [height, width, channels] = inputShape as [number, number, number];
  const kernelShape = [kernelSize, kernelSize, channels, outputs];
  const shapes = { inputShape, outputShape: [height, width, outputs] };
  const operator = (kernel: Tensor): LinearOperator => conv2d(kernel, { inputShape });
  return cappedOperator(
    {
      ...shapes,
      name: "cappedConv2d",
      coefficient,
      initialWeight: () => kaimingUniform(random.fold("weight"), kernelShape, kernelSize ** 2 * channels),
      operator,
      measured:
        kernelSize === 1
          ? matrixAtEveryPixel(channels, outputs)
          : {
              ...shapes,
              operator,
              normGradient: (u, v, kernel) => gradients((k) => operator(k!).apply(v), [kernel], u)[0]!,
            },
    },
    random.fold("singularVector"),
  );
}

/** A 1x1 convolution has the norm of its matrix. */
function matrixAtEveryPixel(channels: number, outputs: number): MeasuredFamily {
  const { normGradient, ...family } = denseFamily(channels, outputs);
  return {
    ...family,
    operator: (kernel) => family.operator(reshape(kernel, [channels, outputs])),
    normGradient: (u, v, kernel) => reshape(normGradient(u, v, kernel), [1, 1, channels, outputs]),
  };
}
