import { checkRandom } from "@invertible/ops";
import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { additiveCoupling, affineCoupling, conditionalAffine, convConditioner } from "@invertible/coupling";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { checkChoice, checkOptions, checkPositiveInteger } from "@invertible/errors";
import { actNorm } from "@invertible/layers";
import type { Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { glowMixings, glowScales } from "./glow-scales.ts";
import type { GlowMixing } from "./glow-scales.ts";
import { planScales, scaleLayers } from "./scales.ts";

/** Options of `imageGlow`. */
export interface ImageGlowOptions {
  /** [H, W, C], the shape of images of integers. H and W must be even. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /**
   * How many steps of flow each scale has. Every scale begins with a squeeze, which halves height and width. Default [8, 8].
   * Glow uses [32, 32, 32] for CIFAR10.
   */
  readonly stepsPerScale?: readonly number[];
  /** Hidden channels in the network of each coupling. Default 64; Glow uses 512. */
  readonly width?: number;
  /**
   * How many numbers `call.condition` [B, k] has for each example. Every coupling sees them. Default 0, which means no
   * condition.
   */
  readonly conditionFeatures?: number;
  /** How integers become real numbers. Default: 256 levels and a logit with alpha 1e-6. */
  readonly pixels?: PixelOptions;
  /**
   * What mixes the channels of a step before its coupling: a learned 1x1 convolution, or an order that is reversed, or drawn once.
   * Default "conv-1x1".
   */
  readonly mixing?: GlowMixing;
  /** Whether couplings scale and shift, or only shift. Default "affine". */
  readonly coupling?: "affine" | "additive";
  /**
   * "per-channel" ends the last scale with a mean and a scale for each channel, which with a condition depend on it, as in Glow. Default
   * "none".
   */
  readonly topPrior?: "none" | "per-channel";
  /**
   * The density of the latents. Default "diagonalNormal", which learns a mean and a scale for each latent; "standardNormal" with a
   * top prior per channel.
   */
  readonly base?: BaseName;
}

/**
 * Glow for images of integers, [B, H, W, C]. The model begins with dequantisation and a logit (or centring). Each scale then
 * has a squeeze and steps of act-norm, invertible 1x1 convolution and affine coupling. After every scale but the last, half of
 * the channels leave as latents. Their density is normal, with a mean and a scale that a convolution computes from the half
 * that stays.
 *
 * Differences from the published settings:
 * - There are fewer and narrower steps by default.
 * - The 1x1 convolutions are parametrised by LU factors.
 * - Pixels go through a logit. Glow's own choice is `pixels.transform: "centred"`.
 * - The base learns a mean and a scale for each latent. `topPrior: "per-channel"` learns one pair for each channel, as Glow does.
 * - Act-norms of the main path learn exp(s), not exp(3 s).
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved. A 28 x 28 image has at most
 * two.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, and its published code
 */
export function imageGlow(options: ImageGlowOptions): Flow {
  checkOptions("imageGlow", options, {
    inputShape: "required",
    random: "required",
    stepsPerScale: "optional",
    width: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    mixing: "optional",
    coupling: "optional",
    topPrior: "optional",
    base: "optional",
  });
  checkRandom("imageGlow: random", options.random);
  const {
    inputShape,
    random,
    stepsPerScale = [8, 8],
    width = 64,
    conditionFeatures = 0,
    pixels = {},
    mixing = "conv-1x1",
    coupling = "affine",
    topPrior = "none",
    base = topPrior === "none" ? "diagonalNormal" : "standardNormal",
  } = options;
  checkPositiveInteger("imageGlow.width", width);
  checkPixels("imageGlow.pixels", pixels);
  checkChoice("imageGlow.mixing", mixing, glowMixings);
  checkChoice("imageGlow.coupling", coupling, ["affine", "additive"]);
  checkChoice("imageGlow.topPrior", topPrior, ["none", "per-channel"]);
  checkBase("imageGlow.base", base);
  const scales = planScales("imageGlow", "stepsPerScale", {
    inputShape,
    layersPerScale: stepsPerScale,
    firstSqueezed: true,
    halving: true,
  });
  const made = coupling === "affine" ? affineCoupling : additiveCoupling;
  const contents = glowScales({
    random,
    conditionFeatures,
    mixing,
    coupling: (inputShape, key) =>
      made({ inputShape, conditioner: convConditioner({ width, random: key }), conditionFeatures }),
  });
  const layers = scaleLayers(scales, {
    ...contents,
    layers(shape, scale, step) {
      const layers = contents.layers(shape, scale, step);
      const isLast = scale === scales.length - 1 && step === stepsPerScale[scale]! - 1;
      return isLast && topPrior === "per-channel" ? [...layers, prior(shape, conditionFeatures)] : layers;
    },
  });
  const bijection = chain([...pixelLayers(inputShape, pixels), ...layers]);
  return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
}

/** With a standard normal base, it gives the latents of the last scale a normal density for each channel. */
function prior(inputShape: Shape, conditionFeatures: number): Bijection {
  return conditionFeatures > 0
    ? conditionalAffine({ inputShape, conditionFeatures })
    : actNorm({ inputShape });
}
