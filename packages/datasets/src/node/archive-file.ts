import { createHash } from "node:crypto";
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { DataFileError } from "../errors.ts";

/** What is known about one published IDX file of unsigned bytes, compressed by gzip. */
export interface ArchiveFile {
  /** Name of the compressed file. */
  readonly name: string;
  /** Size of the compressed file. */
  readonly bytes: number;
  /** Checksum of the compressed file, in hexadecimal digits. */
  readonly sha256: string;
  /** The magic number of the IDX file inside. */
  readonly magic: number;
  /** The sizes of its axes. */
  readonly sizes: readonly number[];
  /** Checksum of the IDX file inside, header included. */
  readonly contentSha256: string;
}

/**
 * Unpacks and checks an IDX file, which may be compressed or not, and returns its values without the header. The checks run in
 * the order that makes the error as specific as possible: gzip, magic number, sizes, length, checksum.
 *
 * @param where names the caller and the file in messages
 * @throws DataFileError naming the first check that failed, what it expected and what it received.
 * @see LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section "File formats"
 */
export async function unpackArchive(
  where: string,
  file: ArchiveFile,
  stored: Uint8Array,
): Promise<Uint8Array> {
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
  const checksum = sha256Of(content);
  if (checksum !== file.contentSha256) fail(`content with SHA-256 ${file.contentSha256}`, checksum);
  // A plain Uint8Array is returned, since the methods of Buffer differ in places.
  return new Uint8Array(content.buffer, content.byteOffset + header, length - header);
}

/** The SHA-256 of some bytes, in hexadecimal digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function inflate(
  file: ArchiveFile,
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
