import type { Augmentation, BatchValues } from "./augmentation.ts";
import { imageSizes } from "./image-sizes.ts";

/**
 * Mirrors each image left to right with probability 1/2. Use it for pictures of things that look as natural in a mirror, as in
 * CIFAR-10, and not for digits or letters.
 *
 * Images are [height, width, channels]. The draws are `random.uniformArray(count)`, and an image is mirrored where its number is
 * below 1/2.
 *
 * @throws ArgumentError from `apply` for examples of another rank.
 */
export function randomFlip(): Augmentation {
  return {
    name: "randomFlip",
    config: {},
    apply(batch, random) {
      const draws = random.uniformArray(batch.count);
      return mirrorWhere(batch, (image) => draws[image]! < 0.5);
    },
  };
}

function mirrorWhere(batch: BatchValues, isMirrored: (image: number) => boolean): Float32Array {
  const { height, width, channels } = imageSizes("randomFlip", batch.shape);
  const mirrored = Float32Array.from(batch.values);
  const row = width * channels;
  for (let image = 0; image < batch.count; image++) {
    if (!isMirrored(image)) continue;
    for (let line = image * height; line < (image + 1) * height; line++)
      for (let x = 0; x < width; x++) {
        const from = line * row + (width - 1 - x) * channels;
        mirrored.set(batch.values.subarray(from, from + channels), line * row + x * channels);
      }
  }
  return mirrored;
}
