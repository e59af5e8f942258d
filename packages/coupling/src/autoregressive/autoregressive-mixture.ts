import { defineBijection, readCondition, readConfig } from "@invertible/bijection";
import type { Bijection, LayerCall, LayerType } from "@invertible/bijection";
import { checkBetween, checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { activationNames, checkRandom, neg, prefixed, slice, sumPerExample } from "@invertible/ops";
import type { ActivationName, Random, Shape, Tensor } from "@invertible/ops";
import {
  checkConditionFeatures,
  conditionConfig,
  readConditionFeatures,
} from "../couplings/condition-input.ts";
import { autoregressiveNetwork } from "./autoregressive-network.ts";
import { logisticMixture } from "./logistic-mixture.ts";

/** Options of `autoregressiveMixture`. */
export interface AutoregressiveMixtureOptions {
  /** [features], the shape of one vector. */
  readonly inputShape: Shape;
  /** Widths of the hidden layers, as in `autoregressiveAffine`. */
  readonly hidden: readonly number[];
  /** Key for initial weights. */
  readonly random: Random;
  /** The number of components of each conditional. Default 10. */
  readonly components?: number;
  /** The largest |ln scale| of a component. Default 5, for scales between 0.0067 and 148. */
  readonly logScaleBound?: number;
  /** Activation after every hidden layer. Default "relu". */
  readonly activation?: ActivationName;
  /**
   * The number k of values per example in `call.condition` [B, k]. Every mixture depends on all of them. Default 0, which means no
   * condition.
   */
  readonly conditionFeatures?: number;
}

/**
 * An autoregressive layer whose conditionals are mixtures of logistic densities. Weights w_k, means m_k and scales s_k of each
 * entry depend on the entries before it, by one network:
 *
 *     y_i = logit F(x_i | x_<i),   F(x | .) = sum_k w_k sigmoid((x - m_k) / s_k),   log|det| = sum_i ln dy_i/dx_i nats.
 *
 * x, y: [B, features]. With the base `standardLogistic`, x_i given x_<i has exactly that mixture as its density: MADE with
 * mixtures. Unlike `autoregressiveAffine`, one layer can make several modes.
 *
 * The forward direction takes one evaluation of the network. The inverse takes `features` evaluations, and in each solves F(x_i)
 * = sigmoid(y_i) by 30 halvings of an interval and a Newton step, to the precision of float32. Both are differentiable, the
 * inverse once. At the start, all entries have the same mixture, with means from -3 to 3.
 *
 * @throws ArgumentError for inputs that are not vectors, widths or components that are not positive integers, a bound that is not
 * positive, or unknown choices.
 * @see Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057, section 3, whose mixtures are normal; Ho, Chen, Srinivas, Duan,
 * Abbeel (2019), Flow++, arXiv 1902.00275, section 3.2, for logistic mixtures as bijections
 *
 * @example
 * ```ts
 * const layer = autoregressiveMixture({ inputShape: [6], hidden: [100, 100], components: 10, random: createRandom(1) });
 * ```
 */
export function autoregressiveMixture(options: AutoregressiveMixtureOptions): Bijection {
  const name = "autoregressiveMixture";
  checkOptions(name, options, {
    inputShape: "required",
    hidden: "required",
    random: "required",
    components: "optional",
    logScaleBound: "optional",
    activation: "optional",
    conditionFeatures: "optional",
  });
  const { inputShape, hidden, random, activation = "relu", conditionFeatures = 0 } = options;
  const { components = 10, logScaleBound = 5 } = options;
  checkRandom(`${name}: random`, random);
  checkShape(`${name}.inputShape`, inputShape);
  if (inputShape.length !== 1) fail(`${name}.inputShape`, "the shape of vectors, [features]", inputShape);
  checkConditionFeatures(name, conditionFeatures);
  checkPositiveInteger(`${name}.components`, components);
  checkBetween(`${name}.logScaleBound`, logScaleBound, 0, Infinity);
  const mixture = logisticMixture({ components, logScaleBound });
  const network = autoregressiveNetwork(name, {
    features: inputShape[0]!,
    outputsPerFeature: mixture.size,
    hidden,
    random,
    activation,
    conditionFeatures,
  });
  const bind = (x: Tensor, call: LayerCall) =>
    network.bind(conditionFeatures === 0 ? undefined : readCondition(call, x, [conditionFeatures]));

  return defineBijection({
    name,
    inputShape,
    outputShape: inputShape,
    parameters: prefixed("network", network.parameters),
    config: {
      inputShape: [...inputShape],
      hidden: [...hidden],
      components,
      logScaleBound,
      activation,
      ...conditionConfig(conditionFeatures),
    },
    forward(x, call) {
      const { y, logSlope } = mixture.forward(x, bind(x, call).value(x));
      return { y, logDet: () => sumPerExample(logSlope) };
    },
    inverse(y, call) {
      const batch = y.shape[0]!;
      const numbers = bind(y, call).valueInOrder(batch, (numbers, feature) =>
        mixture.inverse(slice(y, [0, feature], [batch, 1]), numbers),
      );
      const x = mixture.inverse(y, numbers);
      return { x, logDet: () => neg(sumPerExample(mixture.forward(x, numbers).logSlope)) };
    },
  });
}

/** Rebuilds an `autoregressiveMixture` from its configuration. */
export const autoregressiveMixtureType: LayerType = {
  layer: "autoregressiveMixture",
  build(config, { random }) {
    const read = readConfig("autoregressiveMixture", config);
    return autoregressiveMixture({
      inputShape: read.shape("inputShape"),
      hidden: read.integers("hidden"),
      components: read.number("components"),
      logScaleBound: read.number("logScaleBound"),
      activation: read.choice("activation", activationNames),
      ...readConditionFeatures(read),
      random,
    });
  },
};
