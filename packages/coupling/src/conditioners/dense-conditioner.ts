import { readConfig } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import {
  activation,
  activationNames,
  add,
  checkActivation,
  checkRandom,
  matMul,
  matrix64,
  prefixed,
  roundUp,
  spectralNormBound,
  tidy,
  variable,
  zeros,
} from "@invertible/ops";
import type { Activation, ActivationName, Random, Tensor, Variable } from "@invertible/ops";
import { named } from "./names.ts";
import type { Conditioner, ConditionerBuilder, ConditionerType } from "./conditioner.ts";

/** Options of `denseConditioner`. */
export interface DenseConditionerOptions {
  /** Widths of the hidden layers. An empty list makes a linear map. */
  readonly hidden: readonly number[];
  /** Key for initial weights. */
  readonly random: Random;
  /** Activation after every hidden layer. An activation to pairs, such as "cLipSwish", doubles the width. Default "relu". */
  readonly activation?: ActivationName;
}

interface Layer {
  readonly weight: Variable;
  readonly bias: Variable;
  readonly activation: Activation | undefined;
}

/**
 * A multi-layer perceptron for vectors, [B, inputs] -> [B, outputs], with an activation between its layers.
 *
 * Hidden weights and biases start uniform on +-1/sqrt(inputs), as in PyTorch's Linear. The last layer starts at zero, so that
 * the coupling starts as a constant map.
 *
 * @throws ArgumentError for widths that are not positive integers. The coupling throws one for inputs that are not vectors.
 */
export function denseConditioner(options: DenseConditionerOptions): ConditionerBuilder {
  checkOptions("denseConditioner", options, {
    hidden: "required",
    random: "required",
    activation: "optional",
  });
  const { hidden, random, activation: name = "relu" } = options;
  checkRandom("denseConditioner: random", random);
  hidden.forEach((width) => checkPositiveInteger("denseConditioner.hidden", width));
  checkActivation("denseConditioner.activation", name);

  return ({ inputShape, outputShape }) => {
    if (inputShape.length !== 1) fail("denseConditioner", "a coupling of vectors [features]", inputShape);
    const activations = hidden.map(() => activation(name));
    const layers = [...hidden, outputShape[0]!].map((outputs, i): Layer => {
      const before = activations[i - 1];
      const inputs = before === undefined ? inputShape[0]! : hidden[i - 1]! * before.expansion;
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
        activation: activations[i],
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
      async certify() {
        let product = 1;
        for (const { weight, activation } of layers) {
          const [rows, columns] = weight.shape as [number, number];
          const norm = spectralNormBound(matrix64(rows, columns, await weight.data()));
          // The norm is kept above 0, which an unbounded slope would turn into NaN.
          product = roundUp(
            roundUp(product * Math.max(norm, Number.MIN_VALUE)) * (activation?.lipschitz ?? 1),
          );
        }
        return product;
      },
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

/** Rebuilds a `denseConditioner` from its configuration. */
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
