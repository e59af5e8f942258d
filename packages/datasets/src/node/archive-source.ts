import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataFileError, DownloadError } from "../errors.ts";
import { unpackArchive } from "./archive-file.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { downloadFile } from "./download-file.ts";
import type { DownloadProgress } from "./download-file.ts";

/** Returns the checked content of a file, wherever it comes from. */
export type ArchiveSource = (file: ArchiveFile) => Promise<Uint8Array>;

/** Options of `folderSource`. */
export interface FolderOptions {
  /** Starts error messages. */
  readonly where: string;
  /** The folder to read from. */
  readonly folder: string;
  /** Subfolders that may hold the files instead. */
  readonly subfolders: readonly string[];
  /** The files that must be there. */
  readonly files: readonly ArchiveFile[];
  /** Stops reading. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads files that the user has put into a folder, compressed under their published names or unpacked without `.gz`. All of
 * them must be there before any is read.
 *
 * @throws DataFileError where the folder is missing or unreadable, or lacks some of the files.
 */
export async function folderSource({
  where,
  folder,
  subfolders,
  files,
  signal,
}: FolderOptions): Promise<ArchiveSource> {
  const root = resolve(folder);
  const places = [root, ...subfolders.map((name) => join(root, name))];
  const names = await Promise.all(places.map((place, i) => listFolder(where, place, i === 0)));
  const found = (place: number, file: ArchiveFile) =>
    storedNames(file).find((name) => names[place]!.includes(name));
  const counts = places.map((_, place) => files.filter((file) => found(place, file) !== undefined).length);
  const best = counts.indexOf(Math.max(...counts));
  const missing = files.filter((file) => found(best, file) === undefined).map(({ name }) => name);
  if (missing.length > 0) {
    const looked = counts[best] === 0 ? places.join(" or ") : places[best]!;
    throw new DataFileError(`${where}: expected ${missing.join(", ")} in ${looked}, received no such file`);
  }
  return async (file) => {
    const path = join(places[best]!, found(best, file)!);
    return unpackArchive(`${where}: ${path}`, file, await readStored(where, path, signal));
  };
}

/** Options of `cacheSource`. */
export interface CacheOptions {
  /** Starts error messages. */
  readonly where: string;
  /** The folder that keeps downloads. */
  readonly cache: string;
  /** Base addresses to try in order. */
  readonly mirrors: readonly string[];
  /** Stops reading and downloading. */
  readonly signal: AbortSignal | undefined;
  /** Called for every piece that arrives. */
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  /** A download that receives nothing for this long is given up. */
  readonly idleMilliseconds: number;
}

/**
 * Reads files from a cache folder. Files that are absent or damaged are downloaded from the first mirror that delivers them.
 *
 * @throws DownloadError with one reason for each mirror; the signal's reason where aborted.
 */
export function cacheSource({
  where,
  cache,
  mirrors,
  signal,
  onProgress,
  idleMilliseconds,
}: CacheOptions): ArchiveSource {
  return async (file) => {
    signal?.throwIfAborted();
    const target = join(resolve(cache), file.name);
    const kept = await unpackIfWhole(where, target, file, signal);
    if (kept) return kept;
    await makeFolder(where, resolve(cache));
    const reasons: string[] = [];
    for (const mirror of mirrors) {
      const url = new URL(file.name, mirror.endsWith("/") ? mirror : `${mirror}/`).href;
      try {
        await downloadFile({ url, target, file, signal, onProgress, idleMilliseconds });
        return await unpackArchive(`${where}: ${target}`, file, await readStored(where, target, signal));
      } catch (error) {
        signal?.throwIfAborted();
        reasons.push(`${url}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new DownloadError(
      `${where}: ${file.name}: expected it from a mirror, received from none\n  ${reasons.join("\n  ")}\n` +
        "Download the file by other means and pass its folder as `folder`.",
    );
  };
}

/** Unpacks a file of the cache. Returns undefined for one that is absent or fails a check, so that it is downloaded again. */
async function unpackIfWhole(
  where: string,
  path: string,
  file: ArchiveFile,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  try {
    return await unpackArchive(`${where}: ${path}`, file, await readStored(where, path, signal));
  } catch (error) {
    if (DataFileError.is(error)) return undefined;
    throw error;
  }
}

function storedNames({ name }: ArchiveFile): string[] {
  return [name, name.replace(/\.gz$/, "")];
}

async function listFolder(where: string, folder: string, required: boolean): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (!required && (code === "ENOENT" || code === "ENOTDIR")) return [];
    const received =
      code === "ENOENT" ? "none" : code === "ENOTDIR" ? "a file" : `an error: ${(cause as Error).message}`;
    throw new DataFileError(`${where}: ${folder}: expected a readable folder, received ${received}`, {
      cause,
    });
  }
}

async function makeFolder(where: string, folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    const received = (cause as Error).message;
    throw new DataFileError(
      `${where}: ${folder}: expected a writable cache folder, received an error: ${received}`,
      {
        cause,
      },
    );
  }
}

async function readStored(where: string, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readFile(path, signal ? { signal } : {});
  } catch (cause) {
    signal?.throwIfAborted();
    const received = (cause as Error).message;
    throw new DataFileError(`${where}: ${path}: expected a readable file, received an error: ${received}`, {
      cause,
    });
  }
}
