import { chain, flatten } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { additiveCoupling, denseConditioner } from "@invertible/coupling";
import { checkOptions, checkPositiveInteger, checkShape, fail } from "@invertible/errors";
import { createFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { diagonalScale, permutation } from "@invertible/layers";
import { checkActivation, checkRandom, sizeOf } from "@invertible/ops";
import type { ActivationName, Random, Shape } from "@invertible/ops";
import { checkBase, createBase } from "./base-options.ts";
import type { BaseName } from "./base-options.ts";
import { checkPixels, pixelLayers } from "./images/pixel-options.ts";
import type { PixelOptions } from "./images/pixel-options.ts";

/** Options of `nice`. */
export interface NiceOptions {
  /** [features], or [H, W, C] for images of integers. At least two numbers. */
  readonly inputShape: Shape;
  /** Key for initial weights. */
  readonly random: Random;
  /** How many additive couplings there are. Default 4, as published. */
  readonly couplings?: number;
  /** Widths of the hidden layers in the network of each coupling. Default [64, 64]. NICE has five of 1000 for MNIST. */
  readonly hidden?: readonly number[];
  /** Activation of these networks. Default "relu", as published. */
  readonly activation?: ActivationName;
  /** How the integers of images become real numbers. Default: 256 levels, centred. Not for vectors. */
  readonly pixels?: PixelOptions;
  /** The density of the latents. Default "standardLogistic", as published for images. */
  readonly base?: BaseName;
}

/**
 * NICE: additive couplings, in which the entries at even places and those at odd places move each other in turn, and at the end a learned scale for
 * each entry. The scales alone change volume. Images become vectors first.
 *
 * The networks start at zero, so that the model starts as the identity.
 *
 * @throws ArgumentError for options out of range, and for `pixels` of vectors.
 * @see Dinh, Krueger, Bengio (2015), arXiv 1410.8516
 */
export function nice(options: NiceOptions): Flow {
  checkOptions("nice", options, {
    inputShape: "required",
    random: "required",
    couplings: "optional",
    hidden: "optional",
    activation: "optional",
    pixels: "optional",
    base: "optional",
  });
  checkRandom("nice: random", options.random);
  const {
    inputShape,
    random,
    couplings = 4,
    hidden = [64, 64],
    activation = "relu",
    pixels,
    base = "standardLogistic",
  } = options;
  checkShape("nice.inputShape", inputShape);
  if (inputShape.length !== 1 && inputShape.length !== 3)
    fail("nice.inputShape", "[features] or [H, W, C]", inputShape);
  const features = sizeOf(inputShape);
  if (features < 2) fail("nice.inputShape", "at least 2 numbers, to pass one and move the other", inputShape);
  checkPositiveInteger("nice.couplings", couplings);
  hidden.forEach((width) => checkPositiveInteger("nice.hidden", width));
  checkActivation("nice.activation", activation);
  checkBase("nice.base", base);

  const vector = [features];
  const layers = Array.from({ length: couplings }, (_, i) =>
    additiveCoupling({
      inputShape: vector,
      passThrough: i % 2 === 0 ? "first" : "second",
      conditioner: denseConditioner({ hidden, activation, random: random.fold("network").fold(i) }),
    }),
  );
  const bijection = chain([
    ...toVector(inputShape, pixels),
    permutation({ inputShape: vector, order: evenPlacesFirst(features) }),
    ...layers,
    diagonalScale({ inputShape: vector }),
  ]);
  return createFlow({ bijection, base: createBase(base, vector) });
}

function toVector(inputShape: Shape, pixels: PixelOptions | undefined): Bijection[] {
  if (inputShape.length === 1) {
    if (pixels !== undefined) fail("nice.pixels", "none, since vectors are no images", pixels);
    return [];
  }
  const chosen = pixels ?? { transform: "centred" };
  checkPixels("nice.pixels", chosen);
  return [...pixelLayers(inputShape, chosen), flatten({ inputShape })];
}

/** 0, 2, 4, ... and then 1, 3, 5, ... The halves of this order are what the couplings exchange. */
function evenPlacesFirst(count: number): number[] {
  // The first half of an odd number of entries is the smaller one, so it takes the odd places there.
  const [first, second] = count % 2 === 0 ? [0, 1] : [1, 0];
  const places = Array.from({ length: count }, (_, i) => i);
  return [...places.filter((i) => i % 2 === first), ...places.filter((i) => i % 2 === second)];
}
