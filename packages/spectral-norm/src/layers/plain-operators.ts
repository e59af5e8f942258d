import type { RefreshOptions } from "@invertible/bijection";
import type { Norms } from "@invertible/certificates";
import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { conv2d, dense, newVariable } from "@invertible/ops";
import type { LinearOperator, Random, Shape, Variable } from "@invertible/ops";
import { certifyNorm } from "../certify-norm.ts";
import type { LipschitzOperator } from "../lipschitz-operator.ts";
import { checkConvolution } from "./checks.ts";
import type { ConvolutionSizes } from "./checks.ts";
import { kaimingUniform } from "./initial-values.ts";
import { checkRefreshOptions } from "./refresh-options.ts";

/**
 * A linear map whose norm nothing limits, as in an ordinary network: `bind()` gives the operator of the trained weight itself. Its
 * `coefficient` is Infinity. There is no state, `refresh` and `enforce` have nothing to do, and `certify` proves the norm of the weight as
 * it is.
 */
export interface PlainOperator extends LipschitzOperator {
  /** The trained weight. */
  readonly parameters: { readonly weight: Variable };
}

/** Options of `plainDense`. */
export interface PlainDenseOptions {
  /** Numbers in one input. */
  readonly inputs: number;
  /** Numbers in one output. */
  readonly outputs: number;
  /** Key for the initial weights. */
  readonly random: Random;
}

/**
 * A dense layer x -> x W on [B, inputs], without bias and without a limit on its norm. W [inputs, outputs] starts Kaiming-uniform, with the
 * numbers that `cappedDense` draws from the same key.
 *
 * @throws ArgumentError for sizes below 1.
 */
export function plainDense(options: PlainDenseOptions): PlainOperator {
  checkOptions("plainDense", options, { inputs: "required", outputs: "required", random: "required" });
  const { inputs, outputs, random } = options;
  checkPositiveInteger("plainDense: inputs", inputs);
  checkPositiveInteger("plainDense: outputs", outputs);
  const weight = newVariable([inputs, outputs], () =>
    kaimingUniform(random.fold("weight"), [inputs, outputs], inputs),
  );
  return plainOperator(weight, [inputs], [outputs], () => dense(weight));
}

/** Options of `plainConv2d`. */
export interface PlainConv2dOptions extends ConvolutionSizes {
  /** Number of output channels. */
  readonly outputs: number;
  /** Key for the initial weights. */
  readonly random: Random;
}

/**
 * A convolution with zero 'same' padding, without bias and without a limit on its norm, [B, H, W, channels] -> [B, ceil(H/stride),
 * ceil(W/stride), outputs]. The kernel [k, k, channels, outputs] starts Kaiming-uniform, with the numbers that `cappedConv2d` draws from
 * the same key.
 *
 * @throws ArgumentError for sizes below 1.
 */
export function plainConv2d(options: PlainConv2dOptions): PlainOperator {
  checkOptions("plainConv2d", options, {
    outputs: "required",
    random: "required",
    inputShape: "required",
    kernelSize: "required",
    stride: "optional",
  });
  const { inputShape, outputs, kernelSize, random } = options;
  const { channels, outputShape, stride } = checkConvolution("plainConv2d", outputs, options);
  const kernelShape = [kernelSize, kernelSize, channels, outputs];
  const kernel = newVariable(kernelShape, () =>
    kaimingUniform(random.fold("weight"), kernelShape, kernelSize ** 2 * channels),
  );
  return plainOperator(kernel, inputShape, outputShape, () => conv2d(kernel, { inputShape, stride }));
}

function plainOperator(
  weight: Variable,
  inputShape: Shape,
  outputShape: Shape,
  bind: () => LinearOperator,
): PlainOperator {
  return Object.freeze({
    inputShape,
    outputShape,
    coefficient: Infinity,
    domain: 2,
    codomain: 2,
    parameters: { weight },
    state: {},
    weightRounding: 0,
    bind,
    refresh: async (options: RefreshOptions) => checkRefreshOptions(options),
    certify: async (norms: Norms = { domain: 2, codomain: 2 }) => certifyNorm(bind(), norms),
    enforce: async () => {},
  });
}
