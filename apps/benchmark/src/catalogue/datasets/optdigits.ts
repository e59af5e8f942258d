import { loadOptdigits } from "@invertible/datasets/node";
import type { LabelledImages } from "@invertible/datasets/node";
import type { ExampleSet } from "@invertible/trainer";
import { firstExamples } from "../../job/examples.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import { findSource } from "../find-source.ts";
import { imageDataset, withClasses } from "../image-dataset.ts";

const classes = 10;
const title = "optdigits, handwritten digits of 8 x 8 pixels";

/** Of the numbers of a pixel. */
const largest = 16;

/** For classifiers, which take pixels up to 255: the levels 0, ..., 16 become 0, 15, ..., 240. */
const whole = imageDataset({
  ...{ name: "optdigits", title, classes, tasks: ["classification"] },
  async load(options) {
    const { train, test } = await loadOptdigits(options);
    const brighter = (images: LabelledImages) => ({
      ...images,
      values: images.values.map((pixel) => Math.floor(255 / (largest + 1)) * pixel),
    });
    return { train: brighter(train), test: brighter(test) };
  },
  augment: { classification: shifts },
});

/** Moves an image by at most one black pixel. */
async function shifts() {
  const { randomCrop } = await import("@invertible/trainer");
  return [randomCrop({ padding: 1, fill: "zeros" })];
}

/** The same images, of which only some in each class have a label. The seed draws which. */
const withFewLabels = [10, 50, 100].map((labels): DatasetEntry => {
  const name = `optdigits-${labels}`;
  return {
    name,
    title: `${title}, ${labels} labels in each class`,
    kind: "image",
    tasks: ["few-labels"],
    classes,
    prepare: (request) => findSource(name, "optdigits", request, loadOptdigits),
    async load({ train, test, trainSeed, source }) {
      if (source === null) throw new Error(`${name}: expected a source of its files, received none`);
      const images = await loadOptdigits(source);
      return {
        train: firstExamples(await keepLabels(images.train, labels, trainSeed), train),
        test: firstExamples(await withClasses(images.test, classes), test),
        augment: await shifts(),
      };
    },
  };
});

/** The training images, where `labels` in each class keep their one-hot row and all others get a row of zeros. */
async function keepLabels(images: LabelledImages, labels: number, seed: number): Promise<ExampleSet> {
  const { createRandom } = await import("@invertible/ops");
  const set = await withClasses(images, classes);
  const draws = createRandom(seed).fold("labels").uniformArray(images.count);
  const shuffled = Array.from({ length: images.count }, (_, row) => row).sort(
    (a, b) => draws[a]! - draws[b]!,
  );
  const kept = new Int32Array(classes);
  for (const row of shuffled)
    if (kept[images.labels[row]!]!++ >= labels)
      set.target!.values.fill(0, row * classes, (row + 1) * classes);
  return set;
}

export const optdigits: readonly DatasetEntry[] = [whole, ...withFewLabels];
