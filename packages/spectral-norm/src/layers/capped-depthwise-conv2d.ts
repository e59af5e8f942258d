import { checkOptions } from "@invertible/errors";
import type { VectorNorm } from "@invertible/certificates";
import { depthwiseConv2d } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { entrywiseFamily } from "./capped-conv2d.ts";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator } from "./capped-operator.ts";
import { checkConvolution } from "./checks.ts";
import type { ConvolutionSizes } from "./checks.ts";
import { kaimingUniform } from "./initial-values.ts";

/** Options of `cappedDepthwiseConv2d`. */
export interface CappedDepthwiseConv2dOptions extends ConvolutionSizes {
  /** The limit c on the norm of the operator. */
  readonly coefficient: number;
  /** Key for the initial weights. */
  readonly random: Random;
  /** The p of the l_p norm of inputs, in [1, Infinity]. Default 2. */
  readonly domain?: VectorNorm;
  /** The q of the l_q norm of outputs, in [1, Infinity]. Default 2. The limited norm is the one from l_p to l_q. */
  readonly codomain?: VectorNorm;
}

/**
 * A convolution of each channel on its own, with zero 'same' padding and without bias, [B, H, W, channels] -> [B,
 * ceil(H/stride), ceil(W/stride), channels]. Its norm on all channels together is kept at or below c. For p <= q this is the
 * largest norm of a channel. The cap is common: a channel below it is scaled with the others. The kernel [k, k, channels]
 * starts Kaiming-uniform.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or a norm below 1.
 */
export function cappedDepthwiseConv2d(options: CappedDepthwiseConv2dOptions): CappedOperator {
  checkOptions("cappedDepthwiseConv2d", options, {
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
    inputShape: "required",
    kernelSize: "required",
    stride: "optional",
  });
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
      initialWeight: () =>
        kaimingUniform(random.fold("weight"), [kernelSize, kernelSize, channels], kernelSize ** 2),
      measured: family,
    },
    random.fold("singularVector"),
  );
}
