import { fail } from "@invertible/errors";
import type { ExampleSet } from "../example-set.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { cacheSource, folderSource } from "./archive-source.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import type { DownloadProgress } from "./download-file.ts";

/** Options of `loadMnist`. */
export interface LoadOptions {
  /** Reads the files from this folder, or from its subfolder named after the data set. Nothing is downloaded or written. */
  readonly folder?: string;
  /**
   * The folder that keeps downloads. Default: `defaultCacheFolder`, in the cache folder of the operating system. It cannot be
   * combined with `folder`.
   */
  readonly cache?: string;
  /** Base addresses to try in order. Default: the official ones. */
  readonly mirrors?: readonly string[];
  /** Stops reading and downloading. The promise is then rejected with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called for every piece of a download that arrives. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Grey images as bytes, [height, width, 1], each with a label. */
export type LabelledImages = ExampleSet<Uint8Array> & { readonly labels: Uint8Array };

/** A published set of images: two pairs of IDX files on some mirrors. */
export interface IdxSet {
  /** Name of the data set, as in folders. */
  readonly name: string;
  /** Base addresses of the mirrors, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  /** The files of the training set. */
  readonly train: { readonly images: ArchiveFile; readonly labels: ArchiveFile };
  /** The files of the test set. */
  readonly test: { readonly images: ArchiveFile; readonly labels: ArchiveFile };
  /** A download that receives nothing for this long is given up, and the next mirror is tried. */
  readonly idleMilliseconds: number;
}

/** Reads a data set from a folder or through a cache; see `loadMnist`. */
export async function loadIdx(
  where: string,
  set: IdxSet,
  { folder, cache, mirrors = set.mirrors, signal, onProgress }: LoadOptions,
): Promise<{ train: LabelledImages; test: LabelledImages }> {
  if (folder !== undefined && cache !== undefined) fail(where, "`folder` or `cache`", "both");
  if (folder === undefined && mirrors.length === 0) fail(`${where}: mirrors`, "at least one address", "none");
  signal?.throwIfAborted();
  const files = [set.train.images, set.train.labels, set.test.images, set.test.labels];
  const source =
    folder === undefined
      ? cacheSource({
          where,
          cache: cache ?? defaultCacheFolder(set.name),
          mirrors,
          signal,
          onProgress,
          idleMilliseconds: set.idleMilliseconds,
        })
      : await folderSource({ where, folder, subfolders: [set.name], files, signal });
  // Files are read one after another, so that an error or an abort leaves nothing running.
  const read = async ({ images, labels }: IdxSet["train"]): Promise<LabelledImages> => {
    const [count, height, width] = images.sizes as [number, number, number];
    const values = await source(images);
    return { values, shape: [height, width, 1], count, labels: await source(labels) };
  };
  const train = await read(set.train);
  return { train, test: await read(set.test) };
}
