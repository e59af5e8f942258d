import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { checkChoice, checkPositiveInteger } from "@invertible/errors";
import { injectivePadding, squeeze } from "@invertible/layers";
import type { Shape } from "@invertible/ops";
import { planScales, scaleLayers } from "../images/scales.ts";
import { standardised } from "./classifier-options.ts";
import type { ImageClassifierOptions } from "./classifier-options.ts";

/** The options that invertible classifiers of images share. */
export interface InvertibleClassifierOptions extends ImageClassifierOptions {
  /** Channels of zeros that are added before the first stage. Default 13, which makes 16 of 3, as published. */
  readonly paddedChannels?: number;
  /**
   * Where the first stage works. Default "full-resolution", as published. "squeezed" halves height and width before channels are added, which
   * makes the first stage four times cheaper.
   */
  readonly firstStage?: "full-resolution" | "squeezed";
}

/** Their names, for `checkOptions`. */
export const invertibleOptionKeys = { paddedChannels: "optional", firstStage: "optional" } as const;

/** What `invertibleFeatures` is made of. */
export interface InvertibleStages {
  /** Starts error messages. */
  readonly where: string;
  /** The option with the numbers of layers, for error messages. */
  readonly key: string;
  readonly layersPerStage: readonly number[];
  /** The layers of one block or step, which keep the shape. */
  layers(shape: Shape, stage: number, index: number): readonly Bijection[];
}

/**
 * Standardised pixels, a squeeze where it is asked for, injective padding, and stages. Those after the first begin with a squeeze.
 *
 * @throws ArgumentError for options out of range, and for more stages than the image can be halved.
 */
export function invertibleFeatures(
  { inputShape, pixels, paddedChannels = 13, firstStage = "full-resolution" }: InvertibleClassifierOptions,
  { where, key, layersPerStage, layers }: InvertibleStages,
): Bijection {
  if (paddedChannels !== 0) checkPositiveInteger(`${where}.paddedChannels`, paddedChannels);
  checkChoice(`${where}.firstStage`, firstStage, ["full-resolution", "squeezed"]);
  const first =
    firstStage === "squeezed"
      ? planScales(where, key, { inputShape, layersPerScale: [1], firstSqueezed: true, halving: false })[0]!
          .shape
      : inputShape;
  const [height, width, channels] = first as [number, number, number];
  const stages = planScales(where, key, {
    inputShape: [height, width, channels + paddedChannels],
    layersPerScale: layersPerStage,
    firstSqueezed: false,
    halving: false,
  });
  return chain([
    standardised(inputShape, pixels),
    ...(firstStage === "squeezed" ? [squeeze({ inputShape })] : []),
    ...(paddedChannels > 0 ? [injectivePadding({ inputShape: first, channels: paddedChannels })] : []),
    ...scaleLayers(stages, { layers: (shape, stage, index) => [...layers(shape, stage, index)] }),
  ]);
}
