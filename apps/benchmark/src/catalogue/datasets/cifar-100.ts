import { loadCifar100 } from "@invertible/datasets/node";
import { cropsAndFlips, flips } from "../augmentations.ts";
import { imageDataset } from "../image-dataset.ts";

/** Photographs of a hundred classes. Training images are mirrored by chance. */
export const cifar100 = imageDataset({
  name: "cifar-100",
  title: "CIFAR-100 photographs, 32 x 32 pixels in colour, mirrored by chance in training",
  classes: 100,
  augment: { density: flips, classification: cropsAndFlips, hybrid: cropsAndFlips },
  load: loadCifar100,
});
