import { resolve } from "node:path";
import { DataFileError, DownloadError } from "@invertible/datasets";
import { defaultCacheFolder, loadMnist } from "@invertible/datasets/node";
import type { DownloadProgress } from "@invertible/datasets/node";
import type { DataSource } from "./dataset-entry.ts";
import { UsageError } from "../cli/usage-error.ts";

/**
 * Makes sure that MNIST is there and whole before anything else happens: in the user's folder, or in the cache, where it
 * is downloaded to.
 *
 * @returns null where `signal` stopped it
 * @throws UsageError naming the folder or file that is missing or damaged, or why no mirror delivered
 */
export async function findMnist(folder: string | null, signal: AbortSignal): Promise<DataSource | null> {
  const source = folder === null ? { cache: defaultCacheFolder("mnist") } : { folder: resolve(folder) };
  try {
    await loadMnist({ ...source, signal, onProgress: sayProgress });
    return source;
  } catch (error) {
    if (signal.aborted) return null;
    if (DownloadError.is(error)) {
      const reasons = error.message.replace(/\s*\n\s*/g, " ").replace("as `folder`", "with --data");
      throw new UsageError(`mnist: ${reasons.replace(/^loadMnist: /, "")}`);
    }
    if (DataFileError.is(error)) throw new UsageError(`--data: ${error.message.replace(/^loadMnist: /, "")}`);
    throw error;
  }
}

function sayProgress({ file, url, received, total }: DownloadProgress): void {
  if (received === total) process.stdout.write(`Downloaded ${file} from ${new URL(url).host}\n`);
}
