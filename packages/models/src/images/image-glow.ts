import { checkRandom } from "@invertible/ops";
import { chain } from "@invertible/bijection";
import { affineCoupling, convConditioner } from "@invertible/coupling";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { checkOptions, checkPositiveInteger } from "@invertible/errors";
import type { Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { glowScales } from "./glow-scales.ts";
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
  /** The density of the latents. Default "diagonalNormal". */
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
 * - The base learns a mean and a scale for each latent, where Glow's top prior learns one pair for each channel.
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
    base = "diagonalNormal",
  } = options;
  checkPositiveInteger("imageGlow.width", width);
  checkPixels("imageGlow.pixels", pixels);
  checkBase("imageGlow.base", base);
  const scales = planScales("imageGlow", "stepsPerScale", {
    inputShape,
    layersPerScale: stepsPerScale,
    firstSqueezed: true,
    halving: true,
  });
  const layers = scaleLayers(
    scales,
    glowScales({
      random,
      conditionFeatures,
      coupling: (inputShape, key) =>
        affineCoupling({
          inputShape,
          conditioner: convConditioner({ width, random: key }),
          conditionFeatures,
        }),
    }),
  );
  const bijection = chain([...pixelLayers(inputShape, pixels), ...layers]);
  return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
}
