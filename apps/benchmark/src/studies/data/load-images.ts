import { sizeOf } from "@invertible/ops";
import type { Random, Shape } from "@invertible/ops";
import { glyphs } from "@invertible/datasets";
import { loadMnist } from "@invertible/datasets/node";
import { findSource } from "../../catalogue/find-source.ts";

/** Grey images whose pixels are real numbers in [-0.5, 0.5], with their classes. */
export interface Images {
  readonly values: Float32Array;
  /** [H, W, 1] */
  readonly shape: Shape;
  readonly labels: Uint8Array;
  readonly count: number;
}

/** Images of integers 0..255, with their classes. */
export interface PixelImages extends Omit<Images, "values"> {
  readonly values: Uint8Array;
}

export interface StudyImages {
  /** In running text. */
  readonly title: string;
  /** Whether they are the digits that a program draws. */
  readonly drawn: boolean;
  readonly train: PixelImages;
  readonly test: PixelImages;
}

const sizes = { train: 4000, test: 500 } as const;

/** The images of a study: MNIST where a folder with its files was named, and drawn digits otherwise. */
export async function loadImages(
  folder: string | null,
  random: Random,
  signal: AbortSignal,
): Promise<StudyImages> {
  if (folder === null) {
    const seeds = random.fold("data").integers(2, 0, 2 ** 31 - 1);
    return {
      title: "digits drawn by a program",
      drawn: true,
      train: glyphs({ count: sizes.train, seed: seeds[0]! }),
      test: glyphs({ count: sizes.test, seed: seeds[1]! }),
    };
  }
  const source = await findSource("mnist", "mnist", { folder, signal }, loadMnist);
  if (source === null) throw signal.reason;
  const { train, test } = await loadMnist(source);
  return {
    title: "MNIST handwritten digits",
    drawn: false,
    train: firstImages(train, sizes.train),
    test: firstImages(test, sizes.test),
  };
}

/** The first of some images, at most all. */
export function firstImages<Kind extends Images | PixelImages>(images: Kind, wanted: number): Kind {
  const count = Math.min(wanted, images.count);
  const values = images.values.subarray(0, count * sizeOf(images.shape));
  return { ...images, values, labels: images.labels.subarray(0, count), count };
}

/** Adds uniform noise within each level of grey, and centres: (pixel + u) / 256 - 1/2. */
export function centred({ values, ...rest }: PixelImages, random: Random): Images {
  const noise = random.uniformArray(values.length);
  return { ...rest, values: Float32Array.from(values, (pixel, i) => (pixel + noise[i]!) / 256 - 0.5) };
}

/**
 * Squares of `side` pixels cut out of images, one of each, at random places at most four pixels from the middle: the border of an image
 * of a digit is black, and there is nothing to learn about it.
 */
export function crops(images: PixelImages, side: number, random: Random): PixelImages {
  const { values, labels, count } = images;
  const [height, width] = images.shape as [number, number, number];
  const cut = new Uint8Array(count * side * side);
  const middle = (length: number, offset: number) => Math.floor((length - side) / 2) + offset;
  const reach = Math.max(0, Math.min(4, Math.floor((Math.min(height, width) - side) / 2)));
  const offsets = random.integers(2 * count, -reach, reach + 1);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < side; y++) {
      const from =
        (i * height + middle(height, offsets[2 * i]!) + y) * width + middle(width, offsets[2 * i + 1]!);
      cut.set(values.subarray(from, from + side), (i * side + y) * side);
    }
  return { values: cut, shape: [side, side, 1], labels, count };
}
