import { describe, expect, it } from "vitest";
import { ArgumentError } from "@invertible/errors";
import { createRandom } from "@invertible/ops";
import type { Augmentation, BatchValues } from "./augmentation.ts";
import { augmented, checkAugmentations } from "./augmentation.ts";
import { randomCrop } from "./random-crop.ts";
import { randomFlip } from "./random-flip.ts";

const random = createRandom(9);
/** Images whose pixels are all different, never 0. */
const images = (count: number, shape = [4, 5, 2]): BatchValues => {
  const size = shape.reduce((product, n) => product * n, 1);
  return { values: Float32Array.from({ length: count * size }, (_, i) => i + 1), shape, count };
};
const pixel = ({ values, shape }: BatchValues, image: number, y: number, x: number) => {
  const [height, width, channels] = shape as [number, number, number];
  const at = ((image * height + y) * width + x) * channels;
  return [...values.subarray(at, at + channels)];
};

describe("randomFlip", () => {
  it("mirrors the images whose draw is below a half, whole pixels from left to right", () => {
    const batch = images(40);
    const values = randomFlip().apply(batch, random);
    const draws = random.uniformArray(40);
    let mirrored = 0;
    for (let image = 0; image < 40; image++) {
      const flips = draws[image]! < 0.5;
      mirrored += Number(flips);
      for (let x = 0; x < 5; x++)
        expect(pixel({ ...batch, values }, image, 2, x)).toEqual(pixel(batch, image, 2, flips ? 4 - x : x));
    }
    // Both happen, and the batch itself is left alone.
    expect(mirrored).toBeGreaterThan(8);
    expect(mirrored).toBeLessThan(32);
    expect(batch.values[0]).toBe(1);
  });
});

describe("randomCrop", () => {
  const row = { values: Float32Array.of(1, 2, 3), shape: [1, 3, 1], count: 1 };
  const column = { values: Float32Array.of(1, 2, 3), shape: [3, 1, 1], count: 1 };
  /** All results, by where the image was cropped. */
  const byPlace = (
    batch: BatchValues,
    padding: number,
    fill: "zeros" | "reflect" | "symmetric",
    axis: 0 | 1,
  ) => {
    const results: Record<number, string> = {};
    for (let i = 0; i < 400; i++) {
      const key = random.fold(i);
      const places = key.integers(2, 0, 2 * padding + 1);
      if (places[1 - axis] !== padding) continue;
      results[places[axis]!] = randomCrop({ padding, fill }).apply(batch, key).join(" ");
    }
    return results;
  };

  it("moves the image, and fills what comes in from outside", () => {
    expect(byPlace(row, 1, "zeros", 1)).toEqual({ 0: "0 1 2", 1: "1 2 3", 2: "2 3 0" });
    expect(byPlace(row, 1, "symmetric", 1)).toEqual({ 0: "1 1 2", 1: "1 2 3", 2: "2 3 3" });
    expect(byPlace(column, 1, "symmetric", 0)).toEqual({ 0: "1 1 2", 1: "1 2 3", 2: "2 3 3" });
    const square = { values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), shape: [3, 3, 1], count: 1 };
    expect(byPlace(square, 2, "reflect", 1)).toEqual({
      0: "3 2 1 6 5 4 9 8 7",
      1: "2 1 2 5 4 5 8 7 8",
      2: "1 2 3 4 5 6 7 8 9",
      3: "2 3 2 5 6 5 8 9 8",
      4: "3 2 1 6 5 4 9 8 7",
    });
  });

  it("moves every image by a draw of its own, all channels together", () => {
    const batch = images(30);
    const values = randomCrop({ padding: 2, fill: "zeros" }).apply(batch, random);
    const places = random.integers(60, 0, 5);
    for (let image = 0; image < 30; image++) {
      const [y, x] = [places[2 * image]! - 2, places[2 * image + 1]! - 2];
      const isInside = 1 + y >= 0 && 1 + y < 4 && 3 + x >= 0 && 3 + x < 5;
      expect(pixel({ ...batch, values }, image, 1, 3)).toEqual(
        isInside ? pixel(batch, image, 1 + y, 3 + x) : [0, 0],
      );
    }
  });

  it.each([
    [() => randomCrop({ padding: 0 }), "randomCrop.padding: expected a positive integer, received 0"],
    [
      () => randomCrop({ padding: 1, fill: "wrap" as "zeros" }),
      'randomCrop.fill: expected one of zeros, reflect, symmetric, received "wrap"',
    ],
    [
      () => randomCrop({ padding: 3, fill: "reflect" }).apply(row, random),
      "randomCrop: expected images of at least 4 x 4 pixels, received [1,3,1]",
    ],
    [
      () => randomFlip().apply({ values: new Float32Array(2), shape: [2], count: 1 }, random),
      "randomFlip: expected images [height, width, channels], received [2]",
    ],
  ])("refuses what cannot work", (act, message) => expect(act).toThrow(message));
});

describe("augmentations", () => {
  it("follow one another, each with a key of its own", () => {
    const batch = images(8);
    const both = [randomFlip(), randomCrop({ padding: 1 })];
    const first = randomFlip().apply(batch, random.fold(0));
    const second = randomCrop({ padding: 1 }).apply({ ...batch, values: first }, random.fold(1));
    expect(augmented("train step 1", both, batch, random)).toEqual(second);
  });

  it("that give another number of values are named", () => {
    const short: Augmentation = { name: "short", config: {}, apply: () => new Float32Array(1) };
    expect(() => augmented("train step 1", [short], images(1), random)).toThrow(
      "train step 1: short: expected a Float32Array of 40 numbers",
    );
  });

  it("are checked", () => {
    for (const wrong of [randomFlip(), [randomFlip], [{ name: "x" }]]) {
      let error: unknown;
      try {
        checkAugmentations("train.augment", wrong as unknown as readonly Augmentation[]);
      } catch (thrown) {
        error = thrown;
      }
      expect(ArgumentError.is(error)).toBe(true);
      expect((error as Error).message).toContain("train.augment");
    }
  });
});
