import { checkOptions } from "@invertible/errors";
import { conv2d } from "@invertible/ops";
import { aolKernel } from "./aol.ts";
import type { CappedConv2dOptions } from "./capped-conv2d.ts";
import { checkConvolution, checkEuclidean } from "./checks.ts";
import { constructedOperator } from "./constructed-operator.ts";
import type { ConstructedOperator } from "./constructed-operator.ts";
import { kaimingUniform } from "./initial-values.ts";

/**
 * A bounded convolution with zero 'same' padding and without bias. Its kernel [k, k, channels, outputs] is scaled for each
 * input channel so that the norm on images of any size is at most c. No iteration is needed; see `aolKernel` for the scales.
 * The bound is not tight: for a random 3x3 kernel the norm is about 0.9 c for 1 -> 64 channels, 0.42 c for 32 -> 32 and 0.36 c
 * for 64 -> 64.
 *
 * @throws ArgumentError for sizes below 1, a coefficient that is not a positive number, or norms other than 2.
 * @see Prach & Lampert (2022), arXiv:2208.03160, theorem 2
 */
export function aolConv2d(options: CappedConv2dOptions): ConstructedOperator {
  checkOptions("aolConv2d", options, {
    outputs: "required",
    coefficient: "required",
    random: "required",
    domain: "optional",
    codomain: "optional",
    inputShape: "required",
    kernelSize: "required",
    stride: "optional",
  });
  const { inputShape, outputs, kernelSize, coefficient, random } = options;
  const { channels, outputShape, stride } = checkConvolution("aolConv2d", outputs, options);
  checkEuclidean("aolConv2d", options);
  const kernelShape = [kernelSize, kernelSize, channels, outputs];
  return constructedOperator({
    name: "aolConv2d",
    inputShape,
    outputShape,
    coefficient,
    initialWeight: () => kaimingUniform(random.fold("weight"), kernelShape, kernelSize ** 2 * channels),
    contraction: (kernel) => aolKernel(kernel, stride),
    operator: (kernel) => conv2d(kernel, { inputShape, stride }),
  });
}
