import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affineCoupling, convConditioner, zeroConvConditioner } from "@invertible/coupling";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, invertibleConv1x1, squeeze } from "@invertible/layers";
import { checkPositiveInteger } from "@invertible/errors";
import type { Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "./base-options.ts";
import type { BaseName } from "./base-options.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { planScales } from "./scales.ts";
import type { Scale } from "./scales.ts";

export interface ImageGlowOptions {
  /** [H, W, C] of images of integers, H and W even. */
  readonly inputShape: Shape;
  /** For initial weights. */
  readonly random: Random;
  /** Steps of flow of each scale; every scale begins with a squeeze. Default [8, 8]. Glow for CIFAR10: [32, 32, 32]. */
  readonly stepsPerScale?: readonly number[];
  /** Hidden channels of every coupling's network. Default 64; Glow uses 512. */
  readonly width?: number;
  readonly pixels?: PixelOptions;
  /** Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Glow for images of integers, [B, H, W, C]: dequantisation, logit or centring, then per scale a squeeze, steps of
 * (act-norm, invertible 1x1 convolution, affine coupling), and, but after the last, a split: half of the channels leave,
 * with a normal density whose mean and scale are a convolution of the half that stays.
 *
 * Differences from the published settings: fewer and narrower steps by default; 1x1 convolutions by LU factors; the logit
 * (`pixels.transform: "centred"` is Glow's own); the base's learned mean and scale are one pair per latent, where Glow's
 * top prior has one per channel; act-norms of the main path learn exp(s), not exp(3 s).
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved: two for 28 x 28.
 * @see Kingma, Dhariwal (2018), arXiv 1807.03039, and its published code
 */
export function imageGlow(options: ImageGlowOptions): Flow {
  const {
    inputShape,
    random,
    stepsPerScale = [8, 8],
    width = 64,
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
  const bijection = chain([...pixelLayers(inputShape, pixels), ...scaleLayers(scales, 0, width, random)]);
  return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
}

function scaleLayers(scales: readonly Scale[], index: number, width: number, random: Random): Bijection[] {
  const scale = scales[index];
  if (scale === undefined) return [];
  const inputShape = scale.shape;
  const steps = Array.from({ length: scale.layers }, (_, step) => {
    const key = random.fold("scale").fold(index).fold(step);
    return [
      actNorm({ inputShape }),
      invertibleConv1x1({ inputShape, random: key.fold("mix") }),
      affineCoupling({ inputShape, conditioner: convConditioner({ width, random: key.fold("network") }) }),
    ];
  }).flat();
  const here = [squeeze({ inputShape: scale.incoming }), ...steps];
  const rest = scaleLayers(scales, index + 1, width, random);
  return rest.length === 0
    ? here
    : [...here, splitPrior(inputShape), factorOut({ inputShape, leaving: "second", inner: chain(rest) })];
}

/** (x2 - mean(x1)) / scale(x1), so that a standard normal base gives the leaving half x2 the density N(mean, scale^2). */
function splitPrior(inputShape: Shape): Bijection {
  return affineCoupling({
    inputShape,
    conditioner: zeroConvConditioner(),
    scale: "exp",
    // Once a scale, not once a step, so it may be far wider than the default: densities stay finite, and no data ask for e^10.
    logScaleBound: 10,
    order: "shift-first",
  });
}
