import { chain } from "@invertible/bijection";
import { convConditioner, rationalQuadraticCoupling } from "@invertible/coupling";
import { checkBetween, checkIntegerFrom, checkOptions, checkPositiveInteger } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { checkRandom, freeingVariables } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { glowScales } from "./glow-scales.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";
import { planScales, scaleLayers } from "./scales.ts";

/** Options of `imageSplineFlow`. */
export interface ImageSplineFlowOptions {
  /** [H, W, C], the shape of images of integers. H and W must be even. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many steps of flow each scale has. Every scale begins with a squeeze, which halves height and width. Default [4, 4]. */
  readonly stepsPerScale?: readonly number[];
  /** Hidden channels in the network of each coupling. Default 64. */
  readonly width?: number;
  /** Number of pieces of each spline, at least 2. Default 4. */
  readonly bins?: number;
  /** Entries beyond +-bound pass a coupling as they are. Default 3. */
  readonly bound?: number;
  /** How many numbers `call.condition` [B, k] has for each example. Every coupling sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** How integers become real numbers. Default: 256 levels and a logit with alpha 1e-6. */
  readonly pixels?: PixelOptions;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Neural spline flow for images of integers, [B, H, W, C]. It is `imageGlow` with rational-quadratic splines in place of affine
 * couplings: every number of one half of the channels goes through a monotone spline, whose shape a network chooses from the
 * other half.
 *
 * Unlike in the published networks, that network is Glow's with three convolutions, and not one of residual blocks.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved. A 28 x 28 image has at most
 * two.
 * @see Durkan, Bekasov, Murray, Papamakarios (2019), arXiv 1906.04032, section 5.2
 */
export function imageSplineFlow(options: ImageSplineFlowOptions): Flow {
  const where = "imageSplineFlow";
  checkOptions(where, options, {
    inputShape: "required",
    random: "required",
    stepsPerScale: "optional",
    width: "optional",
    bins: "optional",
    bound: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    base: "optional",
  });
  checkRandom(`${where}: random`, options.random);
  const { inputShape, random, stepsPerScale = [4, 4], width = 64, bins = 4, bound = 3 } = options;
  const { conditionFeatures = 0, pixels = {}, base = "diagonalNormal" } = options;
  checkPositiveInteger(`${where}.width`, width);
  checkIntegerFrom(`${where}.bins`, bins, 2, 999);
  checkBetween(`${where}.bound`, bound, 0, Infinity);
  checkPixels(`${where}.pixels`, pixels);
  checkBase(`${where}.base`, base);
  const scales = planScales(where, "stepsPerScale", {
    inputShape,
    layersPerScale: stepsPerScale,
    firstSqueezed: true,
    halving: true,
  });
  return freeingVariables(() => {
    const contents = glowScales({
      random,
      conditionFeatures,
      coupling: (inputShape, key) =>
        rationalQuadraticCoupling({
          inputShape,
          conditioner: convConditioner({ width, random: key }),
          bins,
          bound,
          conditionFeatures,
        }),
    });
    const bijection = chain([...pixelLayers(inputShape, pixels), ...scaleLayers(scales, contents)]);
    return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
  });
}
