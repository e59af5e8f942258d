import type { Bijection } from "@invertible/bijection";
import { affine, logit, uniformDequantisation } from "@invertible/layers";
import { fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

/** How integers 0..bins-1 become the numbers that the flow proper sees. */
export type PixelOptions = {
  /** Levels of a pixel. Default 256. */
  readonly bins?: number;
} & (
  | {
      /** logit(alpha + (1 - 2 alpha) x): unbounded latents for bounded pixels, as Residual Flows (default). */
      readonly transform?: "logit";
      /** Default 1e-6, as Residual Flows for MNIST; it uses 0.05 for natural images. */
      readonly alpha?: number;
    }
  | {
      /** x - 1/2, as Glow and i-ResNet. */
      readonly transform: "centred";
      readonly alpha?: never;
    }
);

export function checkPixels(where: string, pixels: PixelOptions): void {
  const { bins = 256, transform = "logit", alpha } = pixels;
  if (!Number.isInteger(bins) || bins < 2 || bins > 65536)
    fail(`${where}.bins`, "an integer in 2..65536", bins);
  if (transform !== "logit" && transform !== "centred")
    fail(`${where}.transform`, `"logit" or "centred"`, transform);
  if (alpha === undefined) return;
  if (transform === "centred") fail(`${where}.alpha`, "none, since the transform is not a logit", alpha);
  if (!(alpha >= 0 && alpha < 0.5)) fail(`${where}.alpha`, "a number in [0, 0.5)", alpha);
}

/** Uniform dequantisation, then the transform. */
export function pixelLayers(
  inputShape: Shape,
  { bins = 256, transform = "logit", alpha = 1e-6 }: PixelOptions,
): Bijection[] {
  return [
    uniformDequantisation({ inputShape, bins }),
    transform === "logit" ? logit({ inputShape, alpha }) : affine({ inputShape, shift: -0.5 }),
  ];
}
