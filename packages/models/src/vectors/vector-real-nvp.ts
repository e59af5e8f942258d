import { chain } from "@invertible/bijection";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { checkActivation, checkRandom } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkNormalisation, createNormalisation } from "../normalisation.ts";
import type { NormalisationName } from "../normalisation.ts";

/** Options of `vectorRealNvp`. */
export interface VectorRealNvpOptions {
  /** Numbers in one example, at least 2. */
  readonly features: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many couplings there are. Default 10. */
  readonly couplings?: number;
  /** Widths of the hidden layers in the network of each coupling. Default [64, 64]. */
  readonly hidden?: readonly number[];
  /** Activation of these networks. Default "relu". */
  readonly activation?: ActivationName;
  /** How many numbers `call.condition` [B, k] has for each example. Every coupling sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** What normalises values before each coupling. Default "act-norm". The paper has "batch-norm". */
  readonly normalisation?: NormalisationName;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Real NVP for vectors, [B, features]: normalisations, and affine couplings y2 = x2 exp(s(x1)) + t(x1) that pass the halves of the vector in turn.
 *
 * Differences from the published settings: one network gives s and t, and act-norms stand where batch norms do, unless `normalisation` says otherwise.
 * They start from one batch and are learned afterwards, so that a flow maps each example alone, in training too. The log-scale s is bounded by 3, see `affineCoupling`.
 *
 * @throws ArgumentError for options out of range.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803; Papamakarios, Pavlakou, Murray (2017), arXiv 1705.07057, for vectors
 */
export function vectorRealNvp(options: VectorRealNvpOptions): Flow {
  checkOptions("vectorRealNvp", options, {
    features: "required",
    random: "required",
    couplings: "optional",
    hidden: "optional",
    activation: "optional",
    conditionFeatures: "optional",
    normalisation: "optional",
    base: "optional",
  });
  checkRandom("vectorRealNvp: random", options.random);
  const {
    features,
    random,
    couplings = 10,
    hidden = [64, 64],
    activation = "relu",
    conditionFeatures = 0,
    normalisation = "act-norm",
    base = "diagonalNormal",
  } = options;
  if (!Number.isSafeInteger(features) || features < 2)
    fail(
      "vectorRealNvp.features",
      "an integer of at least 2, to pass one half and transform the other",
      features,
    );
  checkPositiveInteger("vectorRealNvp.couplings", couplings);
  hidden.forEach((width) => checkPositiveInteger("vectorRealNvp.hidden", width));
  checkActivation("vectorRealNvp.activation", activation);
  checkNormalisation("vectorRealNvp.normalisation", normalisation);
  checkBase("vectorRealNvp.base", base);

  const inputShape = [features];
  const parts = Array.from({ length: couplings }, (_, i) => [
    createNormalisation(normalisation, inputShape),
    affineCoupling({
      inputShape,
      passThrough: i % 2 === 0 ? "first" : "second",
      scale: "exp",
      conditioner: denseConditioner({ hidden, activation, random: random.fold("network").fold(i) }),
      conditionFeatures,
    }),
  ]).flat();
  return createFlow({ bijection: chain(parts), base: createBase(base, inputShape) });
}
