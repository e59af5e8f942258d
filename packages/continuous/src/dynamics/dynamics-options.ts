import { readConfig } from "@invertible/bijection";
import { checkIntegerFrom, checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import { activation, activationNames, checkActivation, checkRandom } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { concatSquashLayer } from "./concat-squash-layer.ts";
import type { ConcatSquashOptions } from "./concat-squash-layer.ts";
import type { Dynamics } from "./dynamics.ts";
import { squashNetwork } from "./squash-network.ts";
import type { SquashNetworkOptions } from "./squash-network.ts";

/** The options that the networks of this package share. */
export interface DynamicsOptions {
  /** Widths of the hidden layers, at least one. An activation to pairs, such as "cLipSwish", doubles them. */
  readonly hidden: readonly number[];
  /** The activation between layers. Default "tanh". A kink, as of relu, costs a solver its order. */
  readonly activation?: ActivationName;
  /** Numbers per example in `call.condition`, which every layer then sees. Default 0. */
  readonly conditionFeatures?: number;
  /** Key for initial weights. */
  readonly random: Random;
}

/** Longer lists only make an architecture that nobody waits for. */
const mostLayers = 1000;

/**
 * Checks the shared options and builds the layers.
 *
 * @param channels of z, which are the inputs of the first layer and the outputs of the last
 * @param layerOf says what the layer from so many channels to so many others is
 */
export function networkOf(
  where: string,
  options: DynamicsOptions,
  channels: number,
  layerOf: (
    inputs: number,
    outputs: number,
  ) => Pick<ConcatSquashOptions, "weightShape" | "fanIn" | "operator">,
  rest: Pick<SquashNetworkOptions, "inputShape" | "config">,
): Dynamics {
  const { hidden, activation: name = "tanh", conditionFeatures = 0, random } = options;
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.length > mostLayers)
    fail(`${where}: hidden`, `from 1 to ${mostLayers} widths`, hidden);
  for (const width of hidden) checkPositiveInteger(`${where}: hidden`, width as number);
  checkActivation(`${where}: activation`, name);
  checkIntegerFrom(`${where}: conditionFeatures`, conditionFeatures, 0, Number.MAX_SAFE_INTEGER);
  checkRandom(`${where}: random`, random);
  const activations = hidden.map(() => activation(name));
  const layers = [...hidden, channels].map((outputs, i) => {
    const inputs = i === 0 ? channels : hidden[i - 1]! * activations[i - 1]!.expansion;
    return concatSquashLayer({ ...layerOf(inputs, outputs), conditionFeatures, random: random.fold(i) });
  });
  return squashNetwork({
    ...rest,
    layers,
    activations,
    conditionFeatures,
    config: { ...rest.config, hidden: [...hidden], activation: name, conditionFeatures },
  });
}

/** Reads the shared options from a configuration that is not trusted. */
export function readNetwork(where: string, config: JsonObject): Omit<Required<DynamicsOptions>, "random"> {
  const read = readConfig(where, config);
  return {
    hidden: read.integers("hidden"),
    activation: read.choice("activation", activationNames),
    conditionFeatures: read.number("conditionFeatures"),
  };
}
