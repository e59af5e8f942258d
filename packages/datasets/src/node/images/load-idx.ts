import type { ExampleSet } from "../../example-set.ts";
import { openSource } from "../files/load-options.ts";
import type { LoadOptions, PublishedSet } from "../files/load-options.ts";
import { idxReader } from "./idx-file.ts";
import type { IdxFile } from "./idx-file.ts";

/** Images as bytes, [height, width, channels], each with a label. */
export type LabelledImages = ExampleSet<Uint8Array> & { readonly labels: Uint8Array };

/** A published set of images: two pairs of IDX files on some mirrors. */
export interface IdxSet extends PublishedSet {
  /** The files of the training set. */
  readonly train: { readonly images: IdxFile; readonly labels: IdxFile };
  /** The files of the test set. */
  readonly test: { readonly images: IdxFile; readonly labels: IdxFile };
}

/** Reads a data set from a folder or through a cache; see `loadMnist`. */
export async function loadIdx(
  where: string,
  set: IdxSet,
  options: LoadOptions,
): Promise<{ train: LabelledImages; test: LabelledImages }> {
  const files = [set.train.images, set.train.labels, set.test.images, set.test.labels];
  const source = await openSource({ where, set, files, reader: idxReader, options });
  // Files are read one after another, so that an error or an abort leaves nothing running.
  const read = async ({ images, labels }: IdxSet["train"]): Promise<LabelledImages> => {
    const [count, height, width] = images.sizes as [number, number, number];
    const values = await source(images);
    return { values, shape: [height, width, 1], count, labels: await source(labels) };
  };
  const train = await read(set.train);
  return { train, test: await read(set.test) };
}
