import { checkChoice, checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import type { Augmentation } from "./augmentation.ts";
import { imageSizes } from "./image-sizes.ts";

/** Options of `randomCrop`. */
export interface RandomCropOptions {
  /** Pixels that are added on every side before cropping, at least 1. */
  readonly padding: number;
  /**
   * What they show: "zeros" is black, "reflect" mirrors at the outermost pixel (b c | a b c), "symmetric" mirrors at the edge
   * (a | a b c), so that the outermost pixel occurs twice. Default "symmetric", as in i-ResNet's density model.
   */
  readonly fill?: "zeros" | "reflect" | "symmetric";
}

/**
 * Pads each image on all sides and crops it to its old size at a random place. So it is moved by at most `padding` pixels, where
 * all (2 padding + 1)^2 movements are equally likely.
 *
 * Images are [height, width, channels]. The draws are `random.integers(2 count, 0, 2 padding + 1)`: the row and the column at which each
 * image is cropped, where `padding` leaves it where it is.
 *
 * @throws ArgumentError for options outside their range, and from `apply` for images that are too small to be mirrored so far.
 * @see Behrmann et al. (2019), arXiv:1811.00995, whose code pads CIFAR-10 by 4 pixels, symmetrically
 */
export function randomCrop(options: RandomCropOptions): Augmentation {
  checkOptions("randomCrop", options, { padding: "required", fill: "optional" });
  const { padding, fill = "symmetric" } = options;
  checkPositiveInteger("randomCrop.padding", padding);
  checkChoice("randomCrop.fill", fill, ["zeros", "reflect", "symmetric"]);
  return {
    name: "randomCrop",
    config: { padding, fill },
    apply({ values, shape, count }, random) {
      const { height, width, channels } = imageSizes("randomCrop", shape);
      const least = fill === "zeros" ? 1 : fill === "reflect" ? padding + 1 : padding;
      if (Math.min(height, width) < least)
        fail("randomCrop", `images of at least ${least} x ${least} pixels`, shape);
      const places = random.integers(2 * count, 0, 2 * padding + 1);
      const cropped = new Float32Array(values.length);
      for (let image = 0; image < count; image++)
        for (let y = 0; y < height; y++) {
          const fromY = sourceOf(y + places[2 * image]! - padding, height, fill);
          if (fromY < 0) continue;
          for (let x = 0; x < width; x++) {
            const fromX = sourceOf(x + places[2 * image + 1]! - padding, width, fill);
            if (fromX < 0) continue;
            const from = ((image * height + fromY) * width + fromX) * channels;
            const to = ((image * height + y) * width + x) * channels;
            for (let channel = 0; channel < channels; channel++)
              cropped[to + channel] = values[from + channel]!;
          }
        }
      return cropped;
    },
  };
}

/** The pixel of the image that stands at a place of the padded one, or -1 for none. */
function sourceOf(place: number, size: number, fill: "zeros" | "reflect" | "symmetric"): number {
  if (place >= 0 && place < size) return place;
  if (fill === "zeros") return -1;
  // Mirrored at the edge, or at the pixel before it.
  const edge = fill === "symmetric" ? 1 : 0;
  return place < 0 ? -place - edge : 2 * size - 2 - place + edge;
}
