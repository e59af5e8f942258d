import { flatten } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { fail } from "@invertible/errors";
import type { Shape } from "@invertible/ops";
import { checkPixels, pixelLayers } from "./pixel-options.ts";
import type { PixelOptions } from "./pixel-options.ts";

/**
 * The layers that make vectors of real numbers out of [H, W, C] integers, and none for vectors.
 *
 * @throws ArgumentError for `pixels` of vectors, or out of range.
 */
export function toVector(
  where: string,
  inputShape: Shape,
  pixels: PixelOptions | undefined,
  otherwise: PixelOptions,
): Bijection[] {
  if (inputShape.length === 1) {
    if (pixels !== undefined) fail(`${where}.pixels`, "none, since vectors are no images", pixels);
    return [];
  }
  const chosen = pixels ?? otherwise;
  checkPixels(`${where}.pixels`, chosen);
  return [...pixelLayers(inputShape, chosen), flatten({ inputShape })];
}
