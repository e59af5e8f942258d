import { FileFormatError } from "@invertible/errors";
import { sha256 } from "./sha256.ts";

/** What stands in the metadata while the checksum is computed. */
export const noChecksum = "0".repeat(64);

/** Writes the checksum of a safetensors file, all of its bytes with `noChecksum` in its place, into its metadata "sha256". */
export async function withChecksum(file: Uint8Array): Promise<Uint8Array> {
  writeText(file, placeOf(file, noChecksum)!, await sha256(file));
  return file;
}

/**
 * @param stored metadata "sha256"
 * @throws FileFormatError where any byte of the file is not as it was written.
 */
export async function verifyChecksum(where: string, file: Uint8Array, stored: string): Promise<void> {
  const place = /^[0-9a-f]{64}$/.test(stored) ? placeOf(file, stored) : undefined;
  const blank = file.slice();
  if (place !== undefined) writeText(blank, place, noChecksum);
  const found = await sha256(blank);
  if (place === undefined || found !== stored)
    throw new FileFormatError(
      `${where} sha256: expected ${stored.slice(0, 100)}, as stored, received ${found}, as the bytes say: the file is damaged`,
    );
}

/** Where the digits begin. JSON within the metadata escapes its quotes, so no other text looks like this. */
function placeOf(file: Uint8Array, digits: string): number | undefined {
  const key = '"sha256":"';
  const headerLength = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  // One character for each byte, so that places in the text are places in the file.
  const header = new TextDecoder("latin1").decode(file.subarray(0, 8 + headerLength));
  const at = header.indexOf(`${key}${digits}"`, 8);
  return at < 0 ? undefined : at + key.length;
}

function writeText(file: Uint8Array, at: number, text: string): void {
  file.set(new TextEncoder().encode(text), at);
}
