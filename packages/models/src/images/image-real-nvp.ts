import { chain, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { affineCoupling, convConditioner } from "@invertible/coupling";
import type { CouplingOptions } from "@invertible/coupling";
import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { squeeze } from "@invertible/layers";
import { checkRandom } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "../base-options.ts";
import type { BaseName } from "../base-options.ts";
import { checkNormalisation, createNormalisation } from "../normalisation.ts";
import type { NormalisationName } from "../normalisation.ts";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";

/** Options of `imageRealNvp`. */
export interface ImageRealNvpOptions {
  /** [H, W, C], the shape of images of integers. H and W must be divisible by 2^scales. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many scales there are. Default 2; a 28 x 28 image has no more. Real NVP has 2 for images of 32 x 32. */
  readonly scales?: number;
  /** Hidden channels in the network of each coupling. Default 64, as published for images of 32 x 32. */
  readonly width?: number;
  /** How many numbers `call.condition` [B, k] has for each example. Every coupling sees them. Default 0, which means no condition. */
  readonly conditionFeatures?: number;
  /** How integers become real numbers. Default: 256 levels and a logit with alpha 0.05, as published. */
  readonly pixels?: PixelOptions;
  /** What normalises values before each coupling. Default "act-norm". The paper has "batch-norm". */
  readonly normalisation?: NormalisationName;
  /** The density of the latents. Default "diagonalNormal". */
  readonly base?: BaseName;
}

/**
 * Real NVP for images of integers, [B, H, W, C]. Each scale but the last has three couplings that exchange the pixels of a checkerboard, a squeeze, and
 * three couplings that exchange the halves of the channels; then half of the channels leave as latents. The last scale has four couplings with
 * checkerboards. Before each coupling there is a normalisation.
 *
 * Differences from the published settings:
 * - The network of a coupling has three convolutions, as Glow's does, and not residual blocks.
 * - Act-norms stand where batch norms do, unless `normalisation` says otherwise, so that a flow maps each example alone, in training too.
 * - The base learns a mean and a scale for each latent.
 * - The log-scale is 3 tanh(s / 3). Real NVP learns the bound.
 *
 * @throws ArgumentError for options out of range, and for more scales than the image can be halved.
 * @see Dinh, Sohl-Dickstein, Bengio (2017), arXiv 1605.08803, sections 3.4 to 3.6
 */
export function imageRealNvp(options: ImageRealNvpOptions): Flow {
  checkOptions("imageRealNvp", options, {
    inputShape: "required",
    random: "required",
    scales: "optional",
    width: "optional",
    conditionFeatures: "optional",
    pixels: "optional",
    normalisation: "optional",
    base: "optional",
  });
  checkRandom("imageRealNvp: random", options.random);
  const {
    inputShape,
    random,
    scales = 2,
    width = 64,
    conditionFeatures = 0,
    pixels = { alpha: 0.05 },
    normalisation = "act-norm",
    base = "diagonalNormal",
  } = options;
  checkShape("imageRealNvp.inputShape", inputShape);
  if (inputShape.length !== 3) fail("imageRealNvp.inputShape", "[H, W, C]", inputShape);
  checkPositiveInteger("imageRealNvp.scales", scales);
  const [height, columns] = inputShape as [number, number, number];
  if (height % 2 ** scales !== 0 || columns % 2 ** scales !== 0)
    fail(
      "imageRealNvp.scales",
      `a number of scales whose power of two divides ${height} and ${columns}, since a checkerboard has even sides`,
      scales,
    );
  checkPositiveInteger("imageRealNvp.width", width);
  checkPixels("imageRealNvp.pixels", pixels);
  checkNormalisation("imageRealNvp.normalisation", normalisation);
  checkBase("imageRealNvp.base", base);

  const coupling = (shape: Shape, passThrough: NonNullable<CouplingOptions["passThrough"]>, key: Random) => [
    createNormalisation(normalisation, shape),
    affineCoupling({
      inputShape: shape,
      passThrough,
      scale: "exp",
      conditioner: convConditioner({ width, random: key }),
      conditionFeatures,
    }),
  ];
  const checkerboards = (shape: Shape, count: number, key: Random) =>
    Array.from({ length: count }, (_, i) =>
      coupling(shape, i % 2 === 0 ? "even-pixels" : "odd-pixels", key.fold("checkerboard").fold(i)),
    ).flat();
  const scale = (shape: Shape, index: number): Bijection[] => {
    const key = random.fold("scale").fold(index);
    if (index === scales - 1) return checkerboards(shape, 4, key);
    const [h, w, channels] = shape as [number, number, number];
    const squeezed = [h / 2, w / 2, 4 * channels];
    return [
      ...checkerboards(shape, 3, key),
      squeeze({ inputShape: shape }),
      ...[0, 1, 2].flatMap((i) =>
        coupling(squeezed, i % 2 === 0 ? "first" : "second", key.fold("channels").fold(i)),
      ),
      factorOut({
        inputShape: squeezed,
        leaving: "second",
        inner: chain(scale([h / 2, w / 2, 2 * channels], index + 1)),
      }),
    ];
  };
  const bijection = chain([...pixelLayers(inputShape, pixels), ...scale(inputShape, 0)]);
  return createFlow({ bijection, base: createBase(base, bijection.outputShape) });
}
