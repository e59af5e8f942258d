import { sizeOf } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { glyphs } from "@invertible/datasets";
import { centred } from "../data/load-images.ts";
import type { Images } from "../data/load-images.ts";

/** A kind of input, and some of them: images whose pixels were in [-0.5, 0.5] in training. */
export interface InputKind {
  readonly name: string;
  readonly values: Float32Array;
}

/**
 * Held-out images, and inputs that no training image resembles.
 *
 * @param images held-out images
 * @param own whether the images are the drawn digits, which then cannot be the other data set
 */
export function inputKinds(images: Images, own: boolean, random: Random): InputKind[] {
  const { values, count, shape } = images;
  const size = sizeOf(shape);
  const noise = random.fold("noise").uniformArray(values.length);
  const constant = (i: number) => (count === 1 ? 0 : Math.floor(i / size) / (count - 1) - 0.5);
  const order = random.fold("order").permutation(size);
  const other: InputKind[] =
    own || shape[0] !== 28
      ? []
      : [{ name: "drawn digits", values: centred(glyphs({ count, seed: 1 }), random.fold("other")).values }];
  return [
    { name: "held-out images", values },
    ...other,
    {
      name: "with pixels shuffled",
      values: values.map((_, i) => values[i - (i % size) + order[i % size]!]!),
    },
    { name: "inverted", values: values.map((value) => -value) },
    { name: "constant", values: values.map((_, i) => constant(i)) },
    { name: "uniform noise", values: noise.map((value) => value - 0.5) },
    { name: "10 times as bright", values: values.map((value) => 10 * value) },
    { name: "100 times as bright", values: values.map((value) => 100 * value) },
  ];
}
