import { loadMnist } from "@invertible/datasets/node";
import { firstExamples } from "../../job/examples.ts";
import type { DatasetEntry } from "../dataset-entry.ts";
import { findMnist } from "../find-mnist.ts";

/** The real MNIST: every file is compared with its published checksum. */
export const mnist: DatasetEntry = {
  name: "mnist",
  title: "MNIST handwritten digits, 28 x 28 pixels",
  kind: "image",
  tasks: ["density"],
  prepare: ({ folder, signal }) => findMnist(folder, signal),
  async load({ train, test, source }) {
    if (source === null) throw new Error("mnist: expected a source of its files, received none");
    const whole = await loadMnist(source);
    return { train: firstExamples(whole.train, train), test: firstExamples(whole.test, test) };
  },
};
