import { checkOptions } from "@invertible/errors";
import type { VectorNorm } from "@invertible/certificates";
import { conv2d, gradients, reshape } from "@invertible/ops";
import type { LinearOperator, Random, Tensor } from "@invertible/ops";
import { denseFamily } from "./capped-dense.ts";
import { cappedOperator } from "./capped-operator.ts";
import type { CappedOperator } from "./capped-operator.ts";
import type { MeasuredFamily } from "../estimates/measured-family.ts";
import { checkConvolution, checkNorms } from "./checks.ts";
import type { ConvolutionSizes } from "./checks.ts";
import { kaimingUniform } from "./initial-values.ts";

/** Options of `cappedConv2d` and `aolConv2d`. */
export interface CappedConv2dOptions extends ConvolutionSizes {
  /** Number of output channels. */
  readonly outputs: number;
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
 * A convolution with zero 'same' padding and without bias, [B, H, W, channels] -> [B, ceil(H/stride), ceil(W/stride), outputs],
 * whose norm is kept at or below c. This is the norm of the operator on H x W images, zero padding and stride included. The
 * norm of the reshaped kernel would not do, since it can be k times smaller. The kernel [k, k, channels, outputs] starts
 * Kaiming-uniform.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or a norm below 1.
 * @see Gouk et al. (2018), arXiv:1804.04368, section 3.2, for power iteration on the operator
 */
export function cappedConv2d(options: CappedConv2dOptions): CappedOperator {
  checkOptions("cappedConv2d", options, {
    outputs: "required",
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
    inputShape: "required",
    kernelSize: "required",
    stride: "optional",
  });
  const { inputShape, outputs, kernelSize, random } = options;
  const { channels, outputShape, stride } = checkConvolution("cappedConv2d", outputs, options);
  const { domain, codomain } = checkNorms("cappedConv2d", options);
  const kernelShape = [kernelSize, kernelSize, channels, outputs];
  const family = entrywiseFamily(inputShape, outputShape, (kernel) => conv2d(kernel, { inputShape, stride }));
  return cappedOperator(
    {
      ...options,
      ...family,
      name: "cappedConv2d",
      initialWeight: () => kaimingUniform(random.fold("weight"), kernelShape, kernelSize ** 2 * channels),
      // A 1x1 convolution has the norm of its matrix. The exception is p > q, where the norm grows with the number of pixels.
      measured: kernelSize === 1 && domain <= codomain ? matrixAtEveryPixel(channels, outputs) : family,
    },
    random.fold("singularVector"),
  );
}

/** A family whose gradient by the weight comes from differentiating the operator. */
export function entrywiseFamily(
  inputShape: readonly number[],
  outputShape: readonly number[],
  operator: (kernel: Tensor) => LinearOperator,
): MeasuredFamily {
  return {
    inputShape,
    outputShape,
    operator,
    normGradient: (u, v, kernel) => gradients((k) => operator(k!).apply(v), [kernel], u)[0]!,
  };
}

function matrixAtEveryPixel(channels: number, outputs: number): MeasuredFamily {
  const { normGradient, ...family } = denseFamily(channels, outputs);
  return {
    ...family,
    operator: (kernel) => family.operator(reshape(kernel, [channels, outputs])),
    normGradient: (u, v, kernel) => reshape(normGradient(u, v, kernel), [1, 1, channels, outputs]),
  };
}
