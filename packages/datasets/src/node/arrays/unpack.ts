import { constants, gunzip } from "node:zlib";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { DataFileError } from "../../errors.ts";

/** Files, and what is packed in them, may be this large: everything is held in memory. */
export const largestBytes = 2 ** 30;

/** Deflate shortens at most 1032 times, so a directory that promises more lies. */
const largestRatio = 1100;

/**
 * The content of a gzip file.
 * @param sizeOf tells the size of the whole content from its beginning, where the format says it
 * @throws DataFileError for other or damaged content, and for content that is larger than it may be
 */
export async function unpackGzip(
  where: string,
  bytes: Uint8Array,
  sizeOf: (beginning: Uint8Array) => number = () => largestBytes,
): Promise<Uint8Array> {
  try {
    const beginning = await promisify(gunzip)(bytes.subarray(0, 2048), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    // One byte more tells a longer content from a whole one. A small file that unpacks to gigabytes is stopped there.
    const maxOutputLength = Math.min(sizeOf(beginning), largestBytes) + 1;
    return await promisify(gunzip)(bytes, { maxOutputLength });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const received = code === "ERR_BUFFER_TOO_LARGE" ? "one that unpacks to more than it may" : message;
    throw new DataFileError(`${where}: expected gzip, received ${received}`);
  }
}

/**
 * The files of a zip archive by name.
 * @throws DataFileError for other or damaged content, and for an archive whose files together are larger than they may be
 */
export function unpackZip(where: string, bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  let total = 0;
  const check = (name: string, size: number, stored: number) => {
    total += size;
    if (total > largestBytes || size > largestRatio * (Math.min(stored, bytes.length) + 64))
      throw new DataFileError(
        `${where}: ${name.slice(0, 80)}: expected files of at most ${largestBytes} bytes together, received one that claims ${size} of ${stored} stored`,
      );
    return true;
  };
  try {
    return unzipSync(bytes, { filter: ({ name, size, originalSize }) => check(name, originalSize, size) });
  } catch (error) {
    if (DataFileError.is(error)) throw error;
    throw new DataFileError(`${where}: expected a zip archive, received ${(error as Error).message}`);
  }
}
