import type { Bijection } from "@invertible/bijection";
import { affineCoupling, zeroConvConditioner } from "@invertible/coupling";
import { actNorm, invertibleConv1x1, permutation } from "@invertible/layers";
import type { Random, Shape } from "@invertible/ops";
import type { ScaleContents } from "./scales.ts";

/** What can mix the channels: a learned 1x1 convolution, or a fixed order that is reversed or drawn at random. */
export const glowMixings = ["conv-1x1", "reverse", "shuffle"] as const;

/** The name of a mixing. */
export type GlowMixing = (typeof glowMixings)[number];

/** What Glow's scales are made of. */
export interface GlowScalesOptions {
  /** Key for initial weights. */
  readonly random: Random;
  /** How many numbers per example the condition of the split priors has; 0 without one. */
  readonly conditionFeatures: number;
  /** What mixes the channels of a step before its coupling. */
  readonly mixing?: GlowMixing;
  /** The smallest variance with which act-norms start, see `actNorm`. Default 0. */
  readonly varianceFloor?: number;
  /** The coupling of one step. */
  readonly coupling: (inputShape: Shape, key: Random) => Bijection;
}

/** Glow's scales: steps of act-norm, mixing and coupling; then half of the channels leave, with a normal density. */
export function glowScales(options: GlowScalesOptions): ScaleContents {
  const { random, conditionFeatures, mixing = "conv-1x1", varianceFloor = 0, coupling } = options;
  return {
    layers(inputShape, scale, step) {
      const key = random.fold("scale").fold(scale).fold(step);
      return [
        actNorm({ inputShape, varianceFloor }),
        mixed(inputShape, mixing, key.fold("mix")),
        coupling(inputShape, key.fold("network")),
      ];
    },
    leaving: "second",
    beforeLeaving: (inputShape) => [splitPrior(inputShape, conditionFeatures)],
  };
}

function mixed(inputShape: Shape, mixing: GlowMixing, random: Random): Bijection {
  if (mixing === "conv-1x1") return invertibleConv1x1({ inputShape, random });
  return permutation({ inputShape, order: mixing === "reverse" ? "reverse" : random });
}

/**
 * The layer (x2 - mean(x1)) / scale(x1). With a standard normal base, it gives the leaving half x2 the density N(mean,
 * scale^2).
 */
function splitPrior(inputShape: Shape, conditionFeatures: number): Bijection {
  return affineCoupling({
    inputShape,
    conditioner: zeroConvConditioner(),
    scale: "exp",
    // Much wider than the default, because there is one such layer per scale and not one per step. Densities stay finite, and
    // no data need a scale of e^10.
    logScaleBound: 10,
    order: "shift-first",
    conditionFeatures,
  });
}
