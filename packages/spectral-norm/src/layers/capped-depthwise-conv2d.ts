import type { VectorNorm } from "@invertible/certificates";
import { depthwiseConv2d } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { entrywiseFamily } from "./capped-conv2d.ts";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator } from "./capped-operator.ts";
import { checkConvolution } from "./checks.ts";
import type { ConvolutionSizes } from "./checks.ts";
import { kaimingUniform } from "./initial-values.ts";

export interface CappedDepthwiseConv2dOptions extends ConvolutionSizes {
  /** c, the cap on the norm of the operator. */
  readonly coefficient: number;
  readonly random: Random;
  /** p and q of the induced norm from l_p to l_q. Default 2 and 2. */
  readonly domain?: VectorNorm;
  readonly codomain?: VectorNorm;
}

/**
 * A convolution of each channel on its own, with zero 'same' padding, [B, H, W, channels] -> [B, ceil(H/stride),
 * ceil(W/stride), channels], without bias, whose norm on all channels together (for p <= q: the largest of a channel) is held at
 * or below c. One cap for all: a channel below it is scaled with the others. The kernel [k, k, channels] starts
 * Kaiming-uniform.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or a norm below 1.
 */
export function cappedDepthwiseConv2d(options: CappedDepthwiseConv2dOptions): CappedOperator {
  const { inputShape, kernelSize, random } = options;
  const { channels, outputShape, stride } = checkConvolution("cappedDepthwiseConv2d", undefined, options);
  const family = entrywiseFamily(inputShape, outputShape, (kernel) =>
    depthwiseConv2d(kernel, { inputShape, stride }),
  );
  return cappedOperator(
    {
      ...options,
      ...family,
      name: "cappedDepthwiseConv2d",
      weightShape: [kernelSize, kernelSize, channels],
      initialWeight: () =>
        kaimingUniform(random.fold("weight"), [kernelSize, kernelSize, channels], kernelSize ** 2),
      measured: family,
    },
    random.fold("singularVector"),
  );
}
