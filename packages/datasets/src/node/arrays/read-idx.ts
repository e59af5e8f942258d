import { DataFileError } from "../../errors.ts";
import { sizeOfShape } from "./stored-array.ts";
import type { StoredArray } from "./stored-array.ts";

const unsignedByte = 0x08;

/**
 * The IDX format, in which MNIST is published: two zero bytes, the type, the number of axes, their sizes as big-endian
 * 32-bit integers, the values. Of the types only unsigned bytes are read.
 * @throws DataFileError
 */
export function readIdx(where: string, bytes: Uint8Array): StoredArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = bytes[2];
  const axes = bytes[3] ?? 0;
  const start = 4 + 4 * axes;
  if (bytes.length < start || bytes[0] !== 0 || bytes[1] !== 0 || type !== unsignedByte || axes === 0)
    throw new DataFileError(`${where}: expected an IDX file of unsigned bytes, received another content`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = sizeOfShape(shape);
  if (bytes.length - start !== size)
    throw new DataFileError(
      `${where}: expected ${size} bytes after the sizes ${shape.slice(0, 8).join(" x ")}, received ${bytes.length - start}`,
    );
  return { shape, values: bytes.subarray(start) };
}

/** The size in bytes of the file that begins so, as its own sizes give it. */
export function idxSize(beginning: Uint8Array): number {
  const axes = beginning[3] ?? 0;
  const start = 4 + 4 * axes;
  if (beginning.length < start) return start;
  const view = new DataView(beginning.buffer, beginning.byteOffset, beginning.byteLength);
  return start + sizeOfShape(Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis)));
}
