import { readConfig } from "@invertible/bijection";
import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import { dense } from "@invertible/ops";
import { networkOf, readNetwork } from "./dynamics-options.ts";
import type { DynamicsOptions } from "./dynamics-options.ts";
import type { Dynamics, DynamicsType } from "./dynamics.ts";

/** Options of `denseDynamics`. */
export interface DenseDynamicsOptions extends DynamicsOptions {
  /** Numbers in one example. */
  readonly features: number;
}

const name = "denseDynamics";

/**
 * Dynamics of vectors [B, features]: a perceptron of concat-squash layers, y = (W x + b) * sigmoid(g t + h) + s t, with an
 * activation between them. The published networks for points of the plane are `{ hidden: [64, 64, 64], activation: "tanh" }`.
 *
 * @throws ArgumentError for options that are unknown or out of range.
 * @see Grathwohl et al. (2019), FFJORD, arXiv:1810.01367
 */
export function denseDynamics(options: DenseDynamicsOptions): Dynamics {
  checkOptions(name, options, {
    features: "required",
    hidden: "required",
    activation: "optional",
    conditionFeatures: "optional",
    random: "required",
  });
  const { features } = options;
  checkPositiveInteger(`${name}: features`, features);
  const layerOf = (inputs: number, outputs: number) => ({
    weightShape: [inputs, outputs],
    fanIn: inputs,
    operator: dense,
  });
  return networkOf(name, options, features, layerOf, {
    inputShape: [features],
    config: { dynamics: name, features },
  });
}

/** Rebuilds `denseDynamics` from its configuration. */
export const denseDynamicsType: DynamicsType = {
  dynamics: name,
  build: (config, random) =>
    denseDynamics({
      features: readConfig(name, config).number("features"),
      ...readNetwork(name, config),
      random,
    }),
};
