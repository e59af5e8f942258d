import { DataFileError } from "../../errors.ts";
import type { PublishedFile } from "./archive-source.ts";
import { readDataFile } from "./read-data-file.ts";
import { sha256Of } from "./sha256.ts";

/**
 * Reads a file that is kept as it was published, and compares its checksum.
 *
 * @throws DataFileError for a file of other bytes; the signal's reason where aborted.
 */
export async function readPublishedFile(
  where: string,
  path: string,
  { bytes, sha256 }: PublishedFile,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const stored = await readDataFile(where, path, { largestBytes: bytes, signal });
  const checksum = sha256Of(stored);
  if (checksum !== sha256)
    throw new DataFileError(`${where}: expected a file with SHA-256 ${sha256}, received ${checksum}`);
  return stored;
}
