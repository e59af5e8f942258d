import { chain } from "@invertible/bijection";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, invertibleConv1x1 } from "@invertible/layers";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { checkActivation, checkRandom } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";

/** Options of `vectorGlow`. */
export interface VectorGlowOptions {
  /** Numbers in one example, at least 2. */
  readonly features: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many steps of flow the model has. Default 10. */
  readonly steps?: number;
  /** Widths of the hidden layers in the network of each coupling. Default [64, 64]. */
  readonly hidden?: readonly number[];
  /** Activation of these networks. Default "relu". */
  readonly activation?: ActivationName;
  /**
   * How many numbers `call.condition` [B, k] has for each example. Every coupling sees them. Default 0, which means no
   * condition.
   */
  readonly conditionFeatures?: number;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Glow for vectors, [B, features]. Each step has an act-norm, a learned invertible mixing of all features, and an affine
 * coupling whose network is a perceptron.
 *
 * Glow is published for images only. The order of layers in a step and the coupling's scale sigmoid(s + 2) are Glow's. The
 * perceptron, which has no act-norms inside, is a choice of this project. The base learns its mean and scale, as Glow's top
 * prior does.
 *
 * @throws ArgumentError for options out of range.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039
 */
export function vectorGlow(options: VectorGlowOptions): Flow {
  checkOptions("vectorGlow", options, {
    features: "required",
    random: "required",
    steps: "optional",
    hidden: "optional",
    activation: "optional",
    conditionFeatures: "optional",
    base: "optional",
  });
  checkRandom("vectorGlow: random", options.random);
  const {
    features,
    random,
    steps = 10,
    hidden = [64, 64],
    activation = "relu",
    conditionFeatures = 0,
    base = "diagonalNormal",
  } = options;
  if (!Number.isSafeInteger(features) || features < 2)
    fail(
      "vectorGlow.features",
      "an integer of at least 2, to pass one half and transform the other",
      features,
    );
  checkPositiveInteger("vectorGlow.steps", steps);
  hidden.forEach((width) => checkPositiveInteger("vectorGlow.hidden", width));
  checkActivation("vectorGlow.activation", activation);
  checkBase("vectorGlow.base", base);

  const inputShape = [features];
  const parts = Array.from({ length: steps }, (_, step) => {
    const key = random.fold("step").fold(step);
    return [
      actNorm({ inputShape }),
      invertibleConv1x1({ inputShape, random: key.fold("mix") }),
      affineCoupling({
        inputShape,
        conditioner: denseConditioner({ hidden, activation, random: key.fold("network") }),
        conditionFeatures,
      }),
    ];
  }).flat();
  return createFlow({ bijection: chain(parts), base: createBase(base, inputShape) });
}
