import { resolve } from "node:path";
import { DataFileError, DownloadError } from "@invertible/datasets";
import { defaultCacheFolder } from "@invertible/datasets/node";
import type { DownloadProgress, LoadOptions } from "@invertible/datasets/node";
import type { DataSource, PrepareRequest } from "./dataset-entry.ts";
import { UsageError } from "../cli/usage-error.ts";

/**
 * Makes sure that a published data set is there and whole before anything else happens: in the user's folder, or in the cache,
 * where it is downloaded to.
 *
 * @param name of the data set
 * @param cache the name of its folder in the cache
 * @param load reads all of it, from where it is told
 * @returns null where `signal` stopped it
 * @throws UsageError naming the folder or file that is missing or damaged, or why no mirror delivered
 */
export async function findSource(
  name: string,
  cache: string,
  { folder, signal }: PrepareRequest,
  load: (options: LoadOptions) => Promise<unknown>,
): Promise<DataSource | null> {
  const source = folder === null ? { cache: defaultCacheFolder(cache) } : { folder: resolve(folder) };
  return whereFound(name, source, signal, () => load({ ...source, signal, onProgress: sayProgress }));
}

/**
 * The same for a set that is not downloaded: its files have to be in the user's folder.
 *
 * @throws UsageError also where the user has named no folder
 */
export async function findInFolder(
  name: string,
  files: string,
  { folder, signal }: PrepareRequest,
  load: (options: { readonly folder: string; readonly signal: AbortSignal }) => Promise<unknown>,
): Promise<DataSource | null> {
  if (folder === null) throw new UsageError(`${name}: expected --data with ${files}, received none`);
  const source = { folder: resolve(folder) };
  return whereFound(name, source, signal, () => load({ ...source, signal }));
}

async function whereFound(
  name: string,
  source: DataSource,
  signal: AbortSignal,
  load: () => Promise<unknown>,
): Promise<DataSource | null> {
  try {
    await load();
    return source;
  } catch (error) {
    if (signal.aborted) return null;
    const message = (error as Error).message?.replace(/^load\w+: /, "");
    if (DownloadError.is(error))
      throw new UsageError(
        `${name}: ${message.replace(/\s*\n\s*/g, " ").replace("as `folder`", "with --data")}`,
      );
    if (DataFileError.is(error)) throw new UsageError(`--data: ${message}`);
    throw error;
  }
}

function sayProgress({ file, url, received, total }: DownloadProgress): void {
  if (received === total) process.stdout.write(`Downloaded ${file} from ${new URL(url).host}\n`);
}
