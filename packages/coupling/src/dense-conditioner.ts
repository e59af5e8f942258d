import { readConfig } from "@invertible/bijection";
import {
  activation,
  add,
  activationNames,
  checkPositiveInteger,
  fail,
  matMul,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Activation, ActivationName, Random, Tensor, Variable } from "@invertible/ops";
import { checkActivation } from "./check-activation.ts";
import { named, prefixed } from "./names.ts";
import type { Conditioner, ConditionerBuilder, ConditionerType } from "./conditioner.ts";

export interface DenseConditionerOptions {
  /** Widths of the hidden layers; none makes a linear map. */
  readonly hidden: readonly number[];
  /** For initial weights. */
  readonly random: Random;
  /** After every hidden layer. Default "relu". */
  readonly activation?: ActivationName;
}

interface Layer {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly activation: Activation | undefined;
}

/**
 * A multi-layer perceptron for vectors: [B, inputs] -> [B, outputs], with an activation between its layers.
 *
 * Hidden weights and biases start uniform on +-1/sqrt(inputs), as PyTorch's Linear; the last layer starts at zero, so
 * that the coupling starts as a constant map.
 *
 * @throws ArgumentError for widths that are no positive integers; from the coupling, for inputs that are no vectors.
 */
export function denseConditioner(options: DenseConditionerOptions): ConditionerBuilder {
  const { hidden, random, activation: name = "relu" } = options;
  hidden.forEach((width) => checkPositiveInteger("denseConditioner.hidden", width));
  checkActivation("denseConditioner.activation", name);

  return ({ inputShape, outputShape }) => {
    if (inputShape.length !== 1) fail("denseConditioner", "a coupling of vectors [features]", inputShape);
    const sizes = [inputShape[0]!, ...hidden, outputShape[0]!];
    const layers = sizes.slice(1).map((outputs, i): Layer => {
      const inputs = sizes[i]!;
      const last = i === hidden.length;
      const start = (part: string, shape: number[]) =>
        tidy(() =>
          variable(
            last ? zeros(shape) : random.fold(i).fold(part).uniform(shape, -bound(inputs), bound(inputs)),
          ),
        );
      return {
        weight: start("weight", [inputs, outputs]),
        bias: start("bias", [outputs]),
        activation: last ? undefined : activation(name),
      };
    });
    return {
      name: "denseConditioner",
      parameters: named(
        layers.map(({ weight, bias, activation }) => ({
          weight,
          bias,
          ...prefixed("activation", activation?.parameters ?? {}),
        })),
      ),
      config: { hidden: [...hidden], activation: name },
      value(x) {
        let h: Tensor = x;
        for (const { weight, bias, activation } of layers) {
          const a = add(matMul(h, weight), bias);
          h = activation === undefined ? a : activation.value(a);
        }
        return h;
      },
    } satisfies Conditioner;
  };
}

const bound = (inputs: number) => 1 / Math.sqrt(inputs);

export const denseConditionerType: ConditionerType = {
  conditioner: "denseConditioner",
  build(config, { random }) {
    const read = readConfig("denseConditioner", config);
    const options = {
      hidden: read.integers("hidden"),
      activation: read.choice("activation", activationNames),
      random,
    };
    return denseConditioner(options);
  },
};
