import type { LabelledImages, LoadOptions } from "@invertible/datasets/node";
import type { Augmentation } from "@invertible/trainer";
import { firstExamples } from "../job/examples.ts";
import type { DatasetEntry } from "./dataset-entry.ts";
import { findSource } from "./find-source.ts";

export interface ImageDataset<Images> {
  readonly name: string;
  readonly title: string;
  readonly load: (options: LoadOptions) => Promise<Images>;
  /** What a user should know before a run begins on these images, if anything. */
  readonly remark?: (images: Images) => string | undefined;
  /** How training images are changed by chance. Imported where it is used, because the parent process does not load TensorFlow.js. */
  readonly augment?: () => Promise<readonly Augmentation[]>;
}

/** Published images, every file of which is compared with its checksum. */
export function imageDataset<
  Images extends { readonly train: LabelledImages; readonly test: LabelledImages },
>({ name, title, load, remark, augment }: ImageDataset<Images>): DatasetEntry {
  return {
    name,
    title,
    kind: "image",
    tasks: ["density"],
    prepare: (request) =>
      findSource(name, name, request, async (options) => {
        const images = await load(options);
        const words = remark?.(images);
        if (words !== undefined) process.stdout.write(`${name}: ${words}\n`);
      }),
    async load({ train, test, source }) {
      if (source === null) throw new Error(`${name}: expected a source of its files, received none`);
      const whole = await load(source);
      return {
        train: firstExamples(whole.train, train),
        test: firstExamples(whole.test, test),
        ...(augment && { augment: await augment() }),
      };
    },
  };
}
