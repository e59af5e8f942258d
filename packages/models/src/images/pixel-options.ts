import type { Bijection } from "@invertible/bijection";
import { affine, logit, uniformDequantisation } from "@invertible/layers";
import { checkOptions, fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

/** How integers 0..bins-1, such as pixels, become the real numbers that the rest of the flow sees. */
export type PixelOptions = {
  /** Number of levels of a pixel, 2..65536. Default 256. */
  readonly bins?: number;
  /**
   * Part of a bin, on each side, that the noise of dequantisation never reaches, see `uniformDequantisation`. In [0, 0.5);
   * default 0. With 0.02, every pixel comes back exactly from an inverse whose error is below 0.02 / bins of the pixel range,
   * and the bound is about 0.059 bits/dim worse.
   */
  readonly margin?: number;
} & (
  | {
      /**
       * Maps x in [0, 1] to logit(alpha + (1 - 2 alpha) x), so that bounded pixels become unbounded numbers, as in Residual
       * Flows (default).
       */
      readonly transform?: "logit";
      /**
       * Keeps the logit finite at 0 and 1. In [0, 0.5); default 1e-6, as in Residual Flows for MNIST, which uses 0.05 for
       * natural images.
       */
      readonly alpha?: number;
    }
  | {
      /** Maps x in [0, 1] to x - 1/2, as in Glow and i-ResNet. */
      readonly transform: "centred";
      readonly alpha?: never;
    }
);

/**
 * Checks options of pixels.
 *
 * @throws ArgumentError for a value out of range, for an `alpha` without a logit, and for an unknown option.
 */
export function checkPixels(where: string, pixels: PixelOptions): void {
  checkOptions<PixelOptions>(where, pixels, {
    bins: "optional",
    margin: "optional",
    transform: "optional",
    alpha: "optional",
  });
  const { bins = 256, margin = 0, transform = "logit", alpha } = pixels;
  if (!Number.isInteger(bins) || bins < 2 || bins > 65536)
    fail(`${where}.bins`, "an integer in 2..65536", bins);
  if (!(Number.isFinite(margin) && margin >= 0 && margin < 0.5))
    fail(`${where}.margin`, "a number in [0, 0.5)", margin);
  if (transform !== "logit" && transform !== "centred")
    fail(`${where}.transform`, `"logit" or "centred"`, transform);
  if (alpha === undefined) return;
  if (transform === "centred") fail(`${where}.alpha`, "none, since the transform is not a logit", alpha);
  if (!(alpha >= 0 && alpha < 0.5)) fail(`${where}.alpha`, "a number in [0, 0.5)", alpha);
}

/** The layers that begin a model of pixels: uniform dequantisation, then the transform. */
export function pixelLayers(
  inputShape: Shape,
  { bins = 256, margin = 0, transform = "logit", alpha = 1e-6 }: PixelOptions,
): Bijection[] {
  return [
    uniformDequantisation({ inputShape, bins, margin }),
    transform === "logit" ? logit({ inputShape, alpha }) : affine({ inputShape, shift: -0.5 }),
  ];
}
