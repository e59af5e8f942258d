import { glyphs as draw } from "@invertible/datasets";
import type { DatasetEntry } from "../dataset-entry.ts";
import { withClasses } from "../image-dataset.ts";

const classes = 10;

/** Small images drawn by the project itself: needs no download. */
export const glyphs: DatasetEntry = {
  name: "glyphs",
  title: "digits drawn by a program, 28 x 28 pixels",
  kind: "image",
  tasks: ["density", "classification", "hybrid"],
  classes,
  load: async ({ train, test, trainSeed, testSeed }) => ({
    train: await withClasses(draw({ count: train, seed: trainSeed }), classes),
    test: await withClasses(draw({ count: test, seed: testSeed }), classes),
  }),
};
