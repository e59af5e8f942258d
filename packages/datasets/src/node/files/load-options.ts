import { fail } from "@invertible/errors";
import { cacheSource, folderSource } from "./archive-source.ts";
import type { ArchiveSource, FileReader, PublishedFile } from "./archive-source.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import type { DownloadProgress } from "./download-file.ts";

/** Where a published data set comes from. */
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

/** Their names, for `checkOptions`. */
export const loadOptionNames = {
  folder: "optional",
  cache: "optional",
  mirrors: "optional",
  signal: "optional",
  onProgress: "optional",
} as const;

/** What loaders know of a set that can be downloaded. */
export interface PublishedSet {
  /** Name of the data set, as in folders. */
  readonly name: string;
  /** Base addresses of the mirrors, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  /** A download that receives nothing for this long is given up, and the next mirror is tried. */
  readonly idleMilliseconds: number;
}

/** Options of `openSource`. */
export interface SourceRequest<File extends PublishedFile, Content> {
  /** Starts error messages. */
  readonly where: string;
  readonly set: PublishedSet;
  readonly files: readonly File[];
  readonly reader: FileReader<File, Content>;
  readonly options: LoadOptions;
  /** Subfolders that may hold the files. Default: one named after the set. */
  readonly subfolders?: readonly string[];
  /** What to do where a folder lacks files. It ends the error message. */
  readonly remedy?: string;
}

/**
 * A source in the user's folder, or in a cache that downloads fill.
 *
 * @throws ArgumentError for contradictory options; DataFileError for a folder that lacks files.
 */
export async function openSource<File extends PublishedFile, Content>(
  request: SourceRequest<File, Content>,
): Promise<ArchiveSource<File, Content>> {
  const { where, set, files, reader, options, subfolders = [set.name], remedy } = request;
  const { folder, cache, mirrors = set.mirrors, signal, onProgress } = options;
  checkLoadOptions(where, { mirrors, ...options });
  signal?.throwIfAborted();
  if (folder !== undefined) return folderSource({ where, folder, subfolders, files, reader, signal, remedy });
  const { idleMilliseconds } = set;
  const place = cache ?? defaultCacheFolder(set.name);
  return cacheSource({ where, cache: place, mirrors, reader, signal, onProgress, idleMilliseconds });
}

/** @throws ArgumentError for options that contradict each other. */
export function checkLoadOptions(where: string, { folder, cache, mirrors }: LoadOptions): void {
  if (folder !== undefined && cache !== undefined) fail(where, "`folder` or `cache`", "both");
  if (folder === undefined && mirrors?.length === 0)
    fail(`${where}: mirrors`, "at least one address", "none");
}
