import { fail } from "@invertible/errors";
import type { ExampleSet } from "../example-set.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { cacheSource, folderSource } from "./archive-source.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import type { DownloadProgress } from "./download-file.ts";

export interface LoadOptions {
  /** Read the files from here, or from its subfolder named after the set; nothing is downloaded or written. */
  readonly folder?: string;
  /** Where downloads are kept; default: the operating system's cache folder. Not together with `folder`. */
  readonly cache?: string;
  /** Base addresses to try in order; default: the official ones. */
  readonly mirrors?: readonly string[];
  /** Stops reading and downloading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Grey images as bytes, [height, width, 1], with a label for each. */
export type LabelledImages = ExampleSet<Uint8Array> & { readonly labels: Uint8Array };

/** A published set of images: two pairs of IDX files on some mirrors. */
export interface IdxSet {
  readonly name: string;
  readonly mirrors: readonly string[];
  readonly train: { readonly images: ArchiveFile; readonly labels: ArchiveFile };
  readonly test: { readonly images: ArchiveFile; readonly labels: ArchiveFile };
  /** A download that stalls for this long moves on to the next mirror. */
  readonly idleMilliseconds: number;
}

/** Reads a set from a folder or through a cache; see `loadMnist`. */
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
  // One after the other: an error or an abort then leaves nothing running behind.
  const read = async ({ images, labels }: IdxSet["train"]): Promise<LabelledImages> => {
    const [count, height, width] = images.sizes as [number, number, number];
    const values = await source(images);
    return { values, shape: [height, width, 1], count, labels: await source(labels) };
  };
  const train = await read(set.train);
  return { train, test: await read(set.test) };
}
