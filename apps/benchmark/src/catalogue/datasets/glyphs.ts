import { glyphs as draw } from "@invertible/datasets";
import type { DatasetEntry } from "../dataset-entry.ts";

/** Small images drawn by the project itself: needs no download. */
export const glyphs: DatasetEntry = {
  name: "glyphs",
  title: "digits drawn by a program, 28 x 28 pixels",
  kind: "image",
  tasks: ["density"],
  load: ({ train, test, trainSeed, testSeed }) => ({
    train: draw({ count: train, seed: trainSeed }),
    test: draw({ count: test, seed: testSeed }),
  }),
};
