import { promisify } from "node:util";
import { brotliDecompress, createGunzip, gunzip } from "node:zlib";
import { Readable } from "node:stream";
import { unpackTar } from "modern-tar";
import { DataFileError } from "../../errors.ts";
import type { FileReader, PublishedFile } from "../files/archive-source.ts";
import { readDataFile } from "../files/read-data-file.ts";
import { sha256Of } from "../files/sha256.ts";

/** The published archive, a tar file compressed by gzip. */
export interface CifarArchive extends PublishedFile {
  /** The files in it, whose folder does not matter. */
  readonly contents: readonly PublishedFile[];
}

/** Reads one unpacked file of the archive, plain or compressed again by gzip or brotli. Its content has the published checksum. */
export const batchReader: FileReader<PublishedFile, Uint8Array> = {
  storedNames: ({ name }) => [name, `${name}.gz`, `${name}.br`],
  async read(where, path, { bytes, sha256 }, signal) {
    const largestBytes = Math.ceil(1.01 * bytes) + 2 ** 16;
    const stored = await readDataFile(where, path, { largestBytes, signal });
    const content = await unpack(where, path, stored, bytes);
    if (content.length !== bytes)
      throw new DataFileError(`${where}: expected ${bytes} bytes, received ${content.length}`);
    const checksum = sha256Of(content);
    if (checksum !== sha256)
      throw new DataFileError(`${where}: expected content with SHA-256 ${sha256}, received ${checksum}`);
    return content;
  },
};

async function unpack(where: string, path: string, stored: Uint8Array, bytes: number): Promise<Uint8Array> {
  const packing = path.endsWith(".gz") ? "gzip" : path.endsWith(".br") ? "brotli" : undefined;
  if (packing === undefined) return stored;
  // One byte more tells a longer content from a whole one, and limits what a malicious file unpacks to.
  const limit = { maxOutputLength: bytes + 1 };
  try {
    return packing === "gzip"
      ? await promisify(gunzip)(stored, limit)
      : await promisify(brotliDecompress)(stored, limit);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const received = code === "ERR_BUFFER_TOO_LARGE" ? "more" : `damaged data (${message})`;
    throw new DataFileError(`${where}: expected ${bytes} bytes packed by ${packing}, received ${received}`, {
      cause,
    });
  }
}

/** Reads the published archive. Its checksum is compared before anything in it is unpacked. */
export const archiveReader: FileReader<CifarArchive, ReadonlyMap<string, Uint8Array>> = {
  storedNames: ({ name }) => [name],
  async read(where, path, { bytes, sha256, contents }, signal) {
    const stored = await readDataFile(where, path, { largestBytes: bytes, signal });
    if (stored.length !== bytes)
      throw new DataFileError(`${where}: expected ${bytes} bytes, received ${stored.length}`);
    const checksum = sha256Of(stored);
    if (checksum !== sha256)
      throw new DataFileError(`${where}: expected a file with SHA-256 ${sha256}, received ${checksum}`);
    const wanted = new Map(contents.map((file) => [file.name, file]));
    const nameOf = (entry: string) => entry.slice(entry.lastIndexOf("/") + 1);
    try {
      const unpacked = Readable.toWeb(Readable.from([stored]).pipe(createGunzip()));
      const entries = await unpackTar(unpacked as ReadableStream<Uint8Array>, {
        filter: ({ name, size }) => wanted.get(nameOf(name))?.bytes === size,
      });
      signal?.throwIfAborted();
      const files = new Map(
        entries.flatMap(({ header, data }) => (data ? [[nameOf(header.name), data]] : [])),
      );
      for (const { name, bytes: length } of contents)
        if (!files.has(name))
          throw new DataFileError(
            `${where}: expected ${name} of ${length} bytes inside, received no such file`,
          );
      return files;
    } catch (cause) {
      signal?.throwIfAborted();
      if (DataFileError.is(cause)) throw cause;
      throw new DataFileError(`${where}: expected a tar file in gzip, received ${(cause as Error).message}`, {
        cause,
      });
    }
  },
};
