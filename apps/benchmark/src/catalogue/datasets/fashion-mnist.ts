import { loadFashionMnist } from "@invertible/datasets/node";
import { flips } from "../augmentations.ts";
import { imageDataset } from "../image-dataset.ts";

/** Clothes in the format of MNIST. */
export const fashionMnist = imageDataset({
  name: "fashion-mnist",
  title: "Fashion-MNIST pictures of clothes, 28 x 28 pixels",
  classes: 10,
  augment: { classification: flips },
  load: loadFashionMnist,
});
