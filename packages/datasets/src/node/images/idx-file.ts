import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { DataFileError } from "../../errors.ts";
import type { FileReader, PublishedFile } from "../files/archive-source.ts";
import { readDataFile } from "../files/read-data-file.ts";
import { sha256Of } from "../files/sha256.ts";

/** What is known about one published IDX file of unsigned bytes, compressed by gzip. */
export interface IdxFile extends PublishedFile {
  /** The magic number of the IDX file inside. */
  readonly magic: number;
  /** The sizes of its axes. */
  readonly sizes: readonly number[];
  /** Checksum of the IDX file inside, header included. Where it is not known, only the published compressed file is read. */
  readonly contentSha256?: string;
}

/** Reads IDX files, compressed or, where the checksum of their content is known, unpacked. */
export const idxReader: FileReader<IdxFile, Uint8Array> = {
  storedNames: ({ name, contentSha256 }) =>
    contentSha256 === undefined ? [name] : [name, name.replace(/\.gz$/, "")],
  async read(where, path, file, signal) {
    // Whoever compressed it, a file that holds these values is hardly larger than they are.
    const largestBytes = Math.max(file.bytes, Math.ceil(1.01 * product(file.sizes)) + 2 ** 16);
    return unpackIdx(where, file, await readDataFile(where, path, { largestBytes, signal }));
  },
};

/**
 * Unpacks and checks an IDX file, which may be compressed or not, and returns its values without the header. The checks run in
 * the order that makes the error as specific as possible: gzip, magic number, sizes, length, checksum.
 *
 * @param where names the caller and the file in messages
 * @throws DataFileError naming the first check that failed, what it expected and what it received.
 * @see LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats"
 */
export async function unpackIdx(where: string, file: IdxFile, stored: Uint8Array): Promise<Uint8Array> {
  const fail = (expected: string, received: string): never => {
    throw new DataFileError(`${where}: expected ${expected}, received ${received}`);
  };
  const header = 4 + 4 * file.sizes.length;
  const length = header + product(file.sizes);
  const content = isGzip(stored) ? await inflate(file, stored, length, fail) : stored;

  if (content.length < header) fail(`an IDX header of ${header} bytes`, `${content.length} bytes`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const magic = view.getUint32(0);
  if (magic !== file.magic) fail(`the magic number ${file.magic}`, describeMagic(magic, content));
  const sizes = file.sizes.map((_, axis) => view.getUint32(4 + 4 * axis));
  if (sizes.join() !== file.sizes.join()) fail(`sizes ${file.sizes.join(" x ")}`, sizes.join(" x "));
  if (content.length !== length) fail(`${length} bytes`, `${content.length} bytes`);
  const { contentSha256 } = file;
  const checksum = sha256Of(contentSha256 === undefined ? stored : content);
  if (checksum !== (contentSha256 ?? file.sha256))
    fail(
      contentSha256 === undefined
        ? `a file with SHA-256 ${file.sha256}`
        : `content with SHA-256 ${contentSha256}`,
      checksum,
    );
  // A plain Uint8Array is returned, since the methods of Buffer differ in places.
  return new Uint8Array(content.buffer, content.byteOffset + header, length - header);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function inflate(
  file: IdxFile,
  stored: Uint8Array,
  length: number,
  fail: (expected: string, received: string) => never,
): Promise<Uint8Array> {
  try {
    // Allowing one byte more than expected tells a longer file from a whole one, and limits what a malicious file unpacks to.
    return await promisify(gunzip)(stored, { maxOutputLength: length + 1 });
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    if (code === "Z_BUF_ERROR")
      return fail(`a whole gzip file of ${file.bytes} bytes`, `one cut off after ${stored.length}`);
    if (code === "ERR_BUFFER_TOO_LARGE") return fail(`${length} bytes inside`, "more");
    return fail("valid gzip data", `damaged data (${message})`);
  }
}

/**
 * Describes what stands in place of the magic number. The commonest mistake is a web page or an empty file in place of data, so
 * the beginning of a text is shown.
 */
function describeMagic(magic: number, content: Uint8Array): string {
  const start = Buffer.from(content.subarray(0, 16)).toString("latin1");
  return /^[\x20-\x7e]{4}/.test(start) ? `text starting with ${JSON.stringify(start)}` : String(magic);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
