import type { LabelledImages, LoadOptions } from "@invertible/datasets/node";
import type { Augmentation, ExampleSet } from "@invertible/trainer";
import { firstExamples } from "../job/examples.ts";
import type { DatasetEntry } from "./dataset-entry.ts";
import { findSource } from "./find-source.ts";

export interface ImageDataset<Images> {
  readonly name: string;
  readonly title: string;
  readonly load: (options: LoadOptions) => Promise<Images>;
  /** What a user should know before a run begins on these images, if anything. */
  readonly remark?: (images: Images) => string | undefined;
  /** Number of classes of the images, each with a label. */
  readonly classes: number;
  /** Names of the tasks that the set can pose. Default: density, classification and hybrid. */
  readonly tasks?: readonly string[];
  /** How training images are changed by chance, by the name of the task. Default: not at all. */
  readonly augment?: Readonly<Record<string, () => Promise<readonly Augmentation[]>>>;
}

/** Published images, every file of which is compared with its checksum. */
export function imageDataset<
  Images extends { readonly train: LabelledImages; readonly test: LabelledImages },
>({ name, title, load, remark, classes, tasks, augment }: ImageDataset<Images>): DatasetEntry {
  return {
    name,
    title,
    kind: "image",
    tasks: tasks ?? ["density", "classification", "hybrid"],
    classes,
    prepare: (request) =>
      findSource(name, name, request, async (options) => {
        const images = await load(options);
        const words = remark?.(images);
        if (words !== undefined) process.stdout.write(`${name}: ${words}\n`);
      }),
    async load({ train, test, source, task }) {
      if (source === null) throw new Error(`${name}: expected a source of its files, received none`);
      const whole = await load(source);
      return {
        train: firstExamples(await withClasses(whole.train, classes), train),
        test: firstExamples(await withClasses(whole.test, classes), test),
        augment: (await augment?.[task]?.()) ?? [],
      };
    },
  };
}

/** Images with their classes as one-hot rows. */
export async function withClasses(
  { labels, values, shape, count }: LabelledImages,
  classes: number,
): Promise<ExampleSet> {
  // Imported here, because the parent process does not load TensorFlow.js.
  const { oneHot } = await import("@invertible/classifier");
  return { values, shape, count, target: oneHot(labels, classes) };
}
