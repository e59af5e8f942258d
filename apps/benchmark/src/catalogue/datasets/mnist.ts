import { loadMnist } from "@invertible/datasets/node";
import { crops } from "../augmentations.ts";
import { imageDataset } from "../image-dataset.ts";

/** The real MNIST. Digits are not mirrored. */
export const mnist = imageDataset({
  name: "mnist",
  title: "MNIST handwritten digits, 28 x 28 pixels",
  classes: 10,
  augment: { classification: crops },
  load: loadMnist,
});
