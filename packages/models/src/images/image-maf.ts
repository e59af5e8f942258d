import { chain, flatten } from "@invertible/bijection";
import { autoregressiveAffine, autoregressiveMixture } from "@invertible/coupling";
import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { permutation } from "@invertible/layers";
import { checkActivation, checkRandom, freeingVariables, sizeOf } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkNormalisation, createNormalisation } from "../normalisation.ts";
import type { NormalisationName } from "../normalisation.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";

/** Options of `imageMaf`. */
export interface ImageMafOptions {
  /** [H, W, C], the shape of images of integers. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many autoregressive layers there are. Default 5, as published beside 10. One alone is MADE. */
  readonly layers?: number;
  /**
   * Widths of the hidden layers in each network. Default [64]. MAF has one or two of 1024 for images. With fewer units than entries
   * before the last, an entry does not depend on all entries before it.
   */
  readonly hidden?: readonly number[];
  /**
   * How many logistic components the conditionals of the last layer have, next to the latents. Default 1: they are normal like those
   * of the other layers. With more, `layers: 1` is MADE with mixtures, and several layers are MAF on top of it.
   */
  readonly components?: number;
  /** Activation of these networks. Default "relu", as published. */
  readonly activation?: ActivationName;
  /** How many numbers `call.condition` [B, k] has for each example. Every layer sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** How the integers of images become real numbers. Default: 256 levels and a logit with alpha 1e-6. */
  readonly pixels?: PixelOptions;
  /** What normalises values before each layer. Default "act-norm". The paper has "batch-norm". */
  readonly normalisation?: NormalisationName;
  /**
   * The density of the latents. Default "diagonalNormal"; with several components "standardLogistic", with which the conditionals of the
   * last layer are exactly the mixtures.
   */
  readonly base?: BaseName;
}

/**
 * Masked autoregressive flow for images of integers, [B, H, W, C], which become vectors first. Each layer is an act-norm and
 * `autoregressiveAffine`, which scales and shifts each entry by what a network computes from the entries before it; between
 * layers, the order is reversed. With `layers: 1` this is MADE, with normal conditionals or, with `components`, mixtures.
 *
 * The forward direction, which a density needs, takes one evaluation of each network. The inverse, which a sample needs, is
 * exact too but goes through the entries one by one, for all examples of a batch at once. So it takes as many rounds as an
 * example has entries: a few seconds for images of 28 x 28.
 *
 * Differences from the published settings: act-norms in place of batch norms, unless `normalisation` says otherwise; exp(-logScale) with a log-scale that is bounded by
 * 3; fewer units; and a learned base.
 *
 * @throws ArgumentError for options out of range.
 * @see Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057; Germain, Gregor, Murray, Larochelle (2015), MADE, arXiv 1502.03509
 */
export function imageMaf(options: ImageMafOptions): Flow {
  checkOptions("imageMaf", options, {
    inputShape: "required",
    random: "required",
    layers: "optional",
    hidden: "optional",
    components: "optional",
    activation: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    normalisation: "optional",
    base: "optional",
  });
  checkRandom("imageMaf: random", options.random);
  const { inputShape, random, layers = 5, hidden = [64], activation = "relu" } = options;
  const { components = 1, conditionFeatures = 0, pixels = {}, normalisation = "act-norm" } = options;
  const { base = components > 1 ? "standardLogistic" : "diagonalNormal" } = options;
  checkShape("imageMaf.inputShape", inputShape);
  if (inputShape.length !== 3) fail("imageMaf.inputShape", "[H, W, C]", inputShape);
  checkPositiveInteger("imageMaf.layers", layers);
  checkPositiveInteger("imageMaf.components", components);
  hidden.forEach((width) => checkPositiveInteger("imageMaf.hidden", width));
  checkActivation("imageMaf.activation", activation);
  checkPixels("imageMaf.pixels", pixels);
  checkNormalisation("imageMaf.normalisation", normalisation);
  checkBase("imageMaf.base", base);

  const vector = [sizeOf(inputShape)];
  return freeingVariables(() => {
    const start = [...pixelLayers(inputShape, pixels), flatten({ inputShape })];
    const parts = Array.from({ length: layers }, (_, layer) => {
      const shared = {
        ...{ inputShape: vector, hidden, activation, conditionFeatures },
        random: random.fold("layer").fold(layer),
      };
      return [
        ...(layer === 0 ? [] : [permutation({ inputShape: vector, order: "reverse" })]),
        createNormalisation(normalisation, vector),
        components > 1 && layer === layers - 1
          ? autoregressiveMixture({ ...shared, components })
          : autoregressiveAffine({ ...shared, scale: "exp" }),
      ];
    }).flat();
    return createFlow({ bijection: chain([...start, ...parts]), base: createBase(base, vector) });
  });
}
