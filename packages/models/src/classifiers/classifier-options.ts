import { affine } from "@invertible/layers";
import type { Bijection } from "@invertible/bijection";
import { checkIntegerFrom, checkOptions, checkShape, fail } from "@invertible/errors";
import { checkRandom } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";

/** The options that all classifiers of images share. */
export interface ImageClassifierOptions {
  /** [H, W, C], the shape of images. */
  readonly inputShape: Shape;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Key for initial weights. */
  readonly random: Random;
  /** The range and standardisation of pixels. Default: 0, ..., 255 with mean 1/2 and standard deviation 1/2 of the range. */
  readonly pixels?: PixelScale;
}

/** How pixels 0, ..., largest become numbers of about mean 0 and variance 1: x -> (x / largest - mean) / standardDeviation. */
export interface PixelScale {
  /** The largest value of a pixel. Default 255. */
  readonly largest?: number;
  /** The mean over pixels and channels, in units of the range. Default 0.5. */
  readonly mean?: number;
  /** The standard deviation over pixels and channels, in units of the range. Above 0; default 0.5. */
  readonly standardDeviation?: number;
}

const usualPixels: Required<PixelScale> = { largest: 255, mean: 0.5, standardDeviation: 0.5 };

/** Every shared option, for `checkOptions`. */
export const classifierOptionKeys = {
  inputShape: "required",
  classes: "required",
  random: "required",
  pixels: "optional",
} as const;

/**
 * Checks the shared options.
 *
 * @throws ArgumentError or ShapeError naming the option.
 */
export function checkClassifierOptions(where: string, options: ImageClassifierOptions): void {
  const { inputShape, classes, random, pixels = {} } = options;
  checkShape(`${where}.inputShape`, inputShape);
  if (inputShape.length !== 3) fail(`${where}.inputShape`, "[H, W, channels]", inputShape);
  checkIntegerFrom(`${where}.classes`, classes, 2, 2 ** 20);
  checkRandom(`${where}.random`, random);
  checkOptions<PixelScale>(`${where}.pixels`, pixels, {
    largest: "optional",
    mean: "optional",
    standardDeviation: "optional",
  });
  const { largest, mean, standardDeviation } = { ...usualPixels, ...pixels };
  for (const [name, value] of Object.entries({ largest, standardDeviation }))
    if (!(Number.isFinite(value) && value > 0))
      fail(`${where}.pixels.${name}`, "a finite number above 0", value);
  if (!Number.isFinite(mean)) fail(`${where}.pixels.mean`, "a finite number", mean);
}

/**
 * The variance floor of act-norms, as in Residual Flows. Without one they could not start on channels of zeros, and with a small one they
 * would blow up what the first layers write there.
 */
export const varianceFloor = 0.2;

/** The layer that begins a classifier of pixels. */
export function standardised(inputShape: Shape, pixels: PixelScale = {}): Bijection {
  const { largest, mean, standardDeviation } = { ...usualPixels, ...pixels };
  return affine({
    inputShape,
    scale: 1 / (largest * standardDeviation),
    shift: -mean / standardDeviation,
  });
}
