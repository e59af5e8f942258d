import { chain } from "@invertible/bijection";
import { autoregressiveAffine, autoregressiveMixture } from "@invertible/coupling";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { permutation } from "@invertible/layers";
import { checkActivation, checkRandom } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkNormalisation, createNormalisation } from "../normalisation.ts";
import type { NormalisationName } from "../normalisation.ts";

/** Options of `vectorMaf`. */
export interface VectorMafOptions {
  /** Numbers in one example. */
  readonly features: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many autoregressive layers there are. Default 10; the paper has 5 or 10. */
  readonly layers?: number;
  /** Widths of the hidden layers in the network of each layer, at least features - 1. Default [64, 64]. */
  readonly hidden?: readonly number[];
  /**
   * How many logistic components the conditionals of the last layer have, next to the latents. Default 1: they are normal like those
   * of the other layers. With more, `layers: 1` is MADE with mixtures, and several layers are MAF on top of it.
   */
  readonly components?: number;
  /** Activation of these networks. Default "relu". */
  readonly activation?: ActivationName;
  /** How many numbers `call.condition` [B, k] has for each example. Every layer sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** What normalises values before each layer. Default "act-norm". The paper has "batch-norm". */
  readonly normalisation?: NormalisationName;
  /**
   * The density of the latents. Default "diagonalNormal"; with several components "standardLogistic", with which the conditionals of the
   * last layer are exactly the mixtures.
   */
  readonly base?: BaseName;
}

/**
 * Masked autoregressive flow for vectors, [B, features]. Each layer normalises, shifts and scales each number by what all numbers before it
 * say, and reverses the order. The log-det is exact. The inverse goes through the features one by one. With `layers: 1` this is MADE, with normal conditionals or, with `components`, mixtures.
 *
 * Differences from the published settings: act-norms stand where batch norms do, unless `normalisation` says otherwise; the
 * log-scale is bounded by 3, see `autoregressiveAffine`; and the base learns a mean and a scale for each latent.
 *
 * @throws ArgumentError for options out of range.
 * @see Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057
 */
export function vectorMaf(options: VectorMafOptions): Flow {
  checkOptions("vectorMaf", options, {
    features: "required",
    random: "required",
    layers: "optional",
    hidden: "optional",
    components: "optional",
    activation: "optional",
    conditionFeatures: "optional",
    normalisation: "optional",
    base: "optional",
  });
  checkRandom("vectorMaf: random", options.random);
  const {
    features,
    random,
    layers = 10,
    hidden = [64, 64],
    components = 1,
    activation = "relu",
    conditionFeatures = 0,
    normalisation = "act-norm",
    base = components > 1 ? "standardLogistic" : "diagonalNormal",
  } = options;
  checkPositiveInteger("vectorMaf.features", features);
  checkPositiveInteger("vectorMaf.layers", layers);
  checkPositiveInteger("vectorMaf.components", components);
  const least = Math.max(1, features - 1);
  for (const width of hidden)
    if (!(Number.isSafeInteger(width) && width >= least))
      fail("vectorMaf.hidden", `widths of at least ${least}, a unit for each feature before the last`, width);
  checkActivation("vectorMaf.activation", activation);
  checkNormalisation("vectorMaf.normalisation", normalisation);
  checkBase("vectorMaf.base", base);

  const inputShape = [features];
  const parts = Array.from({ length: layers }, (_, layer) => {
    const shared = {
      ...{ inputShape, hidden, activation, conditionFeatures },
      random: random.fold("layer").fold(layer),
    };
    return [
      createNormalisation(normalisation, inputShape),
      components > 1 && layer === layers - 1
        ? autoregressiveMixture({ ...shared, components })
        : autoregressiveAffine({ ...shared, scale: "exp" }),
      permutation({ inputShape, order: "reverse" }),
    ];
  }).flat();
  return createFlow({ bijection: chain(parts), base: createBase(base, inputShape) });
}
