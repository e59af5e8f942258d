import { readConfig } from "@invertible/bijection";
import { ShapeError, checkOptions, checkShape } from "@invertible/errors";
import { conv2d } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { networkOf, readNetwork } from "./dynamics-options.ts";
import type { DynamicsOptions } from "./dynamics-options.ts";
import type { Dynamics, DynamicsType } from "./dynamics.ts";

/** Options of `convDynamics`. `hidden` are numbers of channels. */
export interface ConvDynamicsOptions extends DynamicsOptions {
  /** Shape of one image, [H, W, channels]. */
  readonly inputShape: Shape;
}

const name = "convDynamics";

/**
 * Dynamics of images [B, H, W, channels]: 3x3 convolutions of full resolution as concat-squash layers, with an activation
 * between them. The published networks for images have `hidden: [64, 64, 64]` and the activation "softplus".
 *
 * @throws ArgumentError for options that are unknown or out of range.
 * @throws ShapeError unless inputShape is [H, W, channels].
 * @see Grathwohl et al. (2019), FFJORD, arXiv:1810.01367
 */
export function convDynamics(options: ConvDynamicsOptions): Dynamics {
  checkOptions(name, options, {
    inputShape: "required",
    hidden: "required",
    activation: "optional",
    conditionFeatures: "optional",
    random: "required",
  });
  const { inputShape } = options;
  checkShape(`${name}: inputShape`, inputShape);
  if (inputShape.length !== 3)
    throw new ShapeError(
      `${name}: inputShape: expected [H, W, channels], received [${inputShape.join(", ")}]`,
    );
  const [height, width, channels] = inputShape as [number, number, number];
  const layerOf = (inputs: number, outputs: number) => ({
    weightShape: [3, 3, inputs, outputs],
    fanIn: 9 * inputs,
    operator: (kernel: Tensor) => conv2d(kernel, { inputShape: [height, width, inputs] }),
  });
  return networkOf(name, options, channels, layerOf, {
    inputShape,
    config: { dynamics: name, inputShape: [...inputShape] },
  });
}

/** Rebuilds `convDynamics` from its configuration. */
export const convDynamicsType: DynamicsType = {
  dynamics: name,
  build: (config, random) =>
    convDynamics({
      inputShape: readConfig(name, config).shape("inputShape"),
      ...readNetwork(name, config),
      random,
    }),
};
