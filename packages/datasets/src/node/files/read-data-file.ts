import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { DataFileError } from "../../errors.ts";

/** Options of `readDataFile`. */
export interface ReadDataFileOptions {
  /** A larger file is refused before it is read. */
  readonly largestBytes: number;
  /** Stops reading; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is used of an open file. Spelled out, so that users of this package need no type declarations of Node. */
export interface OpenDataFile {
  /** Reads up to `length` bytes into `buffer`, from `position` or where the last read ended. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position?: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** The bytes from the beginning, in chunks. */
  createReadStream(options: { readonly autoClose: boolean }): AsyncIterable<Uint8Array>;
}

/** Between two looks at the signal. */
const chunkBytes = 2 ** 22;

/**
 * Reads a whole file of limited size. Its kind and size are looked at first: a folder or a device is refused, a named pipe is
 * not waited for, and a file that grows meanwhile is read up to the limit only.
 *
 * @param where begins the message, as in `<where>: expected a readable file, received a folder`.
 * @throws DataFileError for anything but a readable file of at most `largestBytes`.
 * @throws the signal's reason when aborted.
 */
export async function readDataFile(
  where: string,
  path: string,
  { largestBytes, signal }: ReadDataFileOptions,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  return withDataFile(where, path, { largestBytes, signal }, async (handle, size) => {
    const bytes = new Uint8Array(size);
    let length = 0;
    while (length < bytes.length) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(bytes, length, Math.min(chunkBytes, bytes.length - length));
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  });
}

/**
 * Opens a file as `readDataFile` does, runs `use` with it and its size, and closes it.
 *
 * @throws DataFileError for anything but a readable file of at most `largestBytes`, and for an error while it is read.
 * @throws the signal's reason when aborted.
 */
export async function withDataFile<T>(
  where: string,
  path: string,
  { largestBytes, signal }: ReadDataFileOptions,
  use: (handle: OpenDataFile, size: number) => Promise<T>,
): Promise<T> {
  try {
    // A named pipe without a writer would block the open itself. Windows has no such flag.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw wrong(where, "a readable file", kindOf(found));
      if (found.size > largestBytes)
        throw wrong(where, `a file of at most ${largestBytes} bytes`, `one of ${found.size}`);
      return await use(handle, found.size);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (DataFileError.is(cause)) throw cause;
    throw wrong(where, "a readable file", `an error: ${(cause as Error).message}`, cause);
  }
}

function wrong(where: string, expected: string, received: string, cause?: unknown): DataFileError {
  return new DataFileError(
    `${where}: expected ${expected}, received ${received}`,
    cause === undefined ? undefined : { cause },
  );
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a named pipe";
  if (found.isSocket()) return "a socket";
  return "a device";
}
