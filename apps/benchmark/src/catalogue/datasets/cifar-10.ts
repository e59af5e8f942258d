import { loadCifar10 } from "@invertible/datasets/node";
import { cropsAndFlips, flips } from "../augmentations.ts";
import { imageDataset } from "../image-dataset.ts";

const files = 5;

/** Photographs, of which a folder may hold some of the training files. Training images are mirrored by chance. */
export const cifar10 = imageDataset({
  name: "cifar-10",
  title: "CIFAR-10 photographs, 32 x 32 pixels in colour, mirrored by chance in training",
  load: (options) => loadCifar10(options.folder === undefined ? options : { ...options, batches: "present" }),
  remark: ({ batches }) =>
    batches.length < files
      ? `trains on file ${batches.join(", ")} of ${files}, since the folder has no others`
      : undefined,
  classes: 10,
  augment: { density: flips, classification: cropsAndFlips, hybrid: cropsAndFlips },
});
