import { mkdir, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DataFileError, DownloadError } from "../../errors.ts";
import { downloadFile } from "./download-file.ts";
import type { DownloadProgress } from "./download-file.ts";

/** A file of a published data set. */
export interface PublishedFile {
  /** Its name on mirrors. */
  readonly name: string;
  /** Size of the published file. */
  readonly bytes: number;
  /** Checksum of the published file, in hexadecimal digits. */
  readonly sha256: string;
}

/** How files of one kind are read. */
export interface FileReader<File extends PublishedFile, Content> {
  /** Names under which a folder of the user's may hold the file, the best first. */
  storedNames(file: File): readonly string[];
  /**
   * Reads and checks a file.
   *
   * @throws DataFileError for anything but the published content; the signal's reason where aborted.
   */
  read(where: string, path: string, file: File, signal: AbortSignal | undefined): Promise<Content>;
}

/** Returns the checked content of a file, wherever it comes from. */
export type ArchiveSource<File, Content> = (file: File) => Promise<Content>;

/** Where `findInFolder` looks. */
export interface FolderRequest<File extends PublishedFile> {
  /** Starts error messages. */
  readonly where: string;
  /** The folder to read from. */
  readonly folder: string;
  /** Subfolders that may hold the files instead. */
  readonly subfolders: readonly string[];
  /** The files to look for. */
  readonly files: readonly File[];
  /** How they are read. */
  readonly reader: Pick<FileReader<File, unknown>, "storedNames">;
}

/** Options of `folderSource`. */
export interface FolderOptions<File extends PublishedFile, Content> extends FolderRequest<File> {
  readonly reader: FileReader<File, Content>;
  /** Stops reading. */
  readonly signal: AbortSignal | undefined;
  /** What to do where files are missing. It ends the error message. */
  readonly remedy?: string | undefined;
}

/**
 * Looks for files in a folder and its subfolders. All are taken from one of these places, the one that holds most of them.
 *
 * @throws DataFileError where the folder is missing or unreadable.
 */
export async function findInFolder<File extends PublishedFile>(
  request: FolderRequest<File>,
): Promise<{ readonly paths: ReadonlyMap<File, string>; readonly looked: string }> {
  const { where, folder, subfolders, files, reader } = request;
  const root = resolve(folder);
  const places = [root, ...subfolders.map((name) => join(root, name))];
  const names = await Promise.all(places.map((place, i) => listFolder(where, place, i === 0)));
  const found = places.map((place, i) => {
    const paths = new Map<File, string>();
    for (const file of files) {
      const name = reader.storedNames(file).find((each) => names[i]!.includes(each));
      if (name !== undefined) paths.set(file, join(place, name));
    }
    return paths;
  });
  const best = found.reduce((most, paths, i) => (paths.size > found[most]!.size ? i : most), 0);
  const paths = found[best]!;
  return { paths, looked: paths.size === 0 ? places.join(" or ") : places[best]! };
}

/**
 * Reads files that the user has put into a folder, under one of the names that the reader knows. All of them must be there
 * before any is read.
 *
 * @throws DataFileError where the folder is missing or unreadable, or lacks some of the files.
 */
export async function folderSource<File extends PublishedFile, Content>(
  options: FolderOptions<File, Content>,
): Promise<ArchiveSource<File, Content>> {
  const { where, files, reader, signal, remedy } = options;
  const { paths, looked } = await findInFolder(options);
  const missing = files.filter((file) => !paths.has(file)).map(({ name }) => name);
  if (missing.length > 0)
    throw new DataFileError(
      `${where}: expected ${missing.join(", ")} in ${looked}, received no such file${remedy === undefined ? "" : `; ${remedy}`}`,
    );
  return (file) => {
    const path = paths.get(file)!;
    return reader.read(`${where}: ${path}`, path, file, signal);
  };
}

/** Options of `cacheSource`. */
export interface CacheOptions<File extends PublishedFile, Content> {
  /** Starts error messages. */
  readonly where: string;
  /** The folder that keeps downloads. */
  readonly cache: string;
  /** Base addresses to try in order. */
  readonly mirrors: readonly string[];
  /** How a downloaded file is read. */
  readonly reader: FileReader<File, Content>;
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
export function cacheSource<File extends PublishedFile, Content>(
  options: CacheOptions<File, Content>,
): ArchiveSource<File, Content> {
  const { where, cache, mirrors, reader, signal, onProgress, idleMilliseconds } = options;
  return async (file) => {
    signal?.throwIfAborted();
    const target = join(resolve(cache), file.name);
    const kept = await readIfWhole(where, target, file, reader, signal);
    if (kept) return kept;
    await makeFolder(where, resolve(cache));
    const reasons: string[] = [];
    for (const mirror of mirrors) {
      let url = mirror;
      try {
        url = addressOf(file, mirror);
        await downloadFile({ url, target, file, signal, onProgress, idleMilliseconds });
        return await reader.read(`${where}: ${target}`, target, file, signal);
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

function addressOf({ name }: PublishedFile, mirror: string): string {
  const base = mirror.endsWith("/") ? mirror : `${mirror}/`;
  if (!/^https?:/i.test(base) || !URL.canParse(name, base))
    throw new Error("expected an address that starts with http:// or https://, received another");
  return new URL(name, base).href;
}

/** Reads a file of the cache. Returns undefined for one that is absent or fails a check, so that it is downloaded again. */
async function readIfWhole<File extends PublishedFile, Content>(
  where: string,
  path: string,
  file: File,
  reader: FileReader<File, Content>,
  signal: AbortSignal | undefined,
): Promise<Content | undefined> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  try {
    return await reader.read(`${where}: ${path}`, path, file, signal);
  } catch (error) {
    if (DataFileError.is(error)) return undefined;
    throw error;
  }
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
