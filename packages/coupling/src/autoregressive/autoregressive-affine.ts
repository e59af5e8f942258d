import { defineBijection, readCondition, readConfig } from "@invertible/bijection";
import type { Bijection, LayerCall, LayerType } from "@invertible/bijection";
import { checkOptions, checkShape, fail } from "@invertible/errors";
import {
  activationNames,
  add,
  checkRandom,
  div,
  mul,
  neg,
  prefixed,
  reshape,
  slice,
  split,
  sub,
} from "@invertible/ops";
import type { ActivationName, Random, Shape, Tensor } from "@invertible/ops";
import { affineScale, readAffineScale } from "../couplings/affine-scale.ts";
import type { AffineScaleOptions } from "../couplings/affine-scale.ts";
import {
  checkConditionFeatures,
  conditionConfig,
  readConditionFeatures,
} from "../couplings/condition-input.ts";
import { autoregressiveNetwork } from "./autoregressive-network.ts";

/** Options of `autoregressiveAffine`. The scale is that of s = -logScale. */
export interface AutoregressiveAffineOptions extends AffineScaleOptions {
  /** [features], the shape of one vector. */
  readonly inputShape: Shape;
  /**
   * Widths of the hidden layers. With fewer than features - 1 units in one, entries do not depend on all entries before them; see
   * `autoregressiveConnections`. An empty list makes shift and log-scale linear.
   */
  readonly hidden: readonly number[];
  /** Key for initial weights. */
  readonly random: Random;
  /** Activation after every hidden layer. Default "relu". */
  readonly activation?: ActivationName;
  /**
   * The number k of values per example in `call.condition` [B, k]. Every shift and log-scale depends on all of them. Default 0,
   * which means no condition.
   */
  readonly conditionFeatures?: number;
}

/**
 * A layer of a masked autoregressive flow. The shift and log-scale of each entry depend on the entries before it, by one
 * network:
 *
 *     y_i = (x_i - shift(x_<i)) scale(logScale(x_<i)),   log|det| = sum_i ln scale(logScale(x_<i)) nats.
 *
 * x, y: [B, features]. The forward direction, which a density needs, takes one evaluation of the network. The inverse, which a
 * sample needs, is exact after `features` evaluations, each with the entries found so far. Both are differentiable. The layer
 * starts as a constant scaling, because the last layer of the network starts at zero.
 *
 * A condition is a further input of the network, to which every unit and every output is connected.
 *
 * @throws ArgumentError for inputs that are not vectors, widths that are not positive integers, or unknown choices.
 * @see Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057, section 3.1
 *
 * @example
 * ```ts
 * const layer = autoregressiveAffine({ inputShape: [6], hidden: [100, 100], random: createRandom(1) });
 * ```
 */
export function autoregressiveAffine(options: AutoregressiveAffineOptions): Bijection {
  checkOptions("autoregressiveAffine", options, {
    inputShape: "required",
    hidden: "required",
    random: "required",
    activation: "optional",
    scale: "optional",
    logScaleBound: "optional",
    conditionFeatures: "optional",
  });
  const name = "autoregressiveAffine";
  const { inputShape, hidden, random, activation = "relu", conditionFeatures = 0 } = options;
  checkRandom("autoregressiveAffine: random", random);
  checkShape(`${name}.inputShape`, inputShape);
  if (inputShape.length !== 1) fail(`${name}.inputShape`, "the shape of vectors, [features]", inputShape);
  checkConditionFeatures(name, conditionFeatures);
  const scale = affineScale(name, options);
  const features = inputShape[0]!;
  const network = autoregressiveNetwork(name, {
    features,
    outputsPerFeature: 2,
    hidden,
    random,
    activation,
    conditionFeatures,
  });
  const bind = (x: Tensor, call: LayerCall) =>
    network.bind(conditionFeatures === 0 ? undefined : readCondition(call, x, [conditionFeatures]));
  const read = (numbers: Tensor) => {
    const { shift, logScale } = shiftAndLogScale(numbers);
    return { shift, ...scale.of(neg(logScale)) };
  };

  return defineBijection({
    name,
    inputShape,
    outputShape: inputShape,
    parameters: prefixed("network", network.parameters),
    config: {
      inputShape: [...inputShape],
      hidden: [...hidden],
      activation,
      ...conditionConfig(conditionFeatures),
      ...scale.config,
    },
    forward(x, call) {
      const { shift, value, sumOfLogs } = read(bind(x, call).value(x));
      return { y: mul(sub(x, shift), value), logDet: sumOfLogs };
    },
    inverse(y, call) {
      const batch = y.shape[0]!;
      const numbers = bind(y, call).valueInOrder(batch, (numbers, feature) => {
        const { shift, value } = read(numbers);
        return add(div(slice(y, [0, feature], [batch, 1]), value), shift);
      });
      const { shift, value, sumOfLogs } = read(numbers);
      return { x: add(div(y, value), shift), logDet: () => neg(sumOfLogs()) };
    },
  });
}

/** Splits pairs (shift, logScale) of n entries, [B, 2 n], into two tensors [B, n]. */
function shiftAndLogScale(numbers: Tensor): { readonly shift: Tensor; readonly logScale: Tensor } {
  const [batch, size] = numbers.shape as [number, number];
  const entries = size / 2;
  const [shift, logScale] = split(reshape(numbers, [batch, entries, 2]), 2, -1).map((part) =>
    reshape(part, [batch, entries]),
  );
  return { shift: shift!, logScale: logScale! };
}

/** Rebuilds an `autoregressiveAffine` from its configuration. */
export const autoregressiveAffineType: LayerType = {
  layer: "autoregressiveAffine",
  build(config, { random }) {
    const read = readConfig("autoregressiveAffine", config);
    return autoregressiveAffine({
      inputShape: read.shape("inputShape"),
      hidden: read.integers("hidden"),
      activation: read.choice("activation", activationNames),
      ...readAffineScale(config, read),
      ...readConditionFeatures(read),
      random,
    });
  },
};
