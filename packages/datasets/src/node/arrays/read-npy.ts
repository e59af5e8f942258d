import { DataFileError } from "../../errors.ts";
import { sizeOfShape } from "./stored-array.ts";
import type { StoredArray } from "./stored-array.ts";

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type ReadNumber = (view: DataView, offset: number, little: boolean) => number;

/** NumPy's names of number types, without the letter for the order of bytes. */
const numbers: Readonly<Record<string, readonly [bytes: number, read: ReadNumber]>> = {
  b1: [1, (view, at) => view.getUint8(at)],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
};

/** As many as NumPy itself allows. */
const mostAxes = 64;

const sizes = (shape: readonly number[]) => shape.join(", ").slice(0, 200);

/**
 * NumPy's .npy format, versions 1 to 3, of real numbers.
 * @throws DataFileError
 */
export function readNpy(where: string, bytes: Uint8Array): StoredArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || new TextDecoder("latin1").decode(bytes.subarray(1, 6)) !== "NUMPY")
    throw new DataFileError(`${where}: expected a .npy array, received another content`);
  const [length, start] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const { descr, fortranOrder, shape } = readHeader(where, text);
  const [width, read] = numbers[descr.slice(1)] ?? [];
  if (width === undefined || read === undefined)
    throw new DataFileError(`${where}: expected real numbers, received the type ${descr}`);
  const size = sizeOfShape(shape);
  if (shape.length > mostAxes || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(size))
    throw new DataFileError(
      `${where}: expected at most ${mostAxes} axes and a size that can be counted, received (${sizes(shape)})`,
    );
  const first = start + length;
  if (bytes.length - first < size * width)
    throw new DataFileError(`${where}: expected ${size} numbers, received a file that ends before`);
  const values = descr.endsWith("u1") ? new Uint8Array(size) : new Float64Array(size);
  const little = !descr.startsWith(">");
  for (let i = 0; i < size; i++) values[i] = read(view, first + i * width, little);
  return { shape, values: fortranOrder ? rowMajor(values, shape) : values };
}

/** The header is a Python dictionary with three known keys. */
function readHeader(where: string, text: string): Header {
  const descr = /'descr':\s*'([<>|=][a-z]\d+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined)
    throw new DataFileError(
      `${where}: expected an array of plain numbers, received ${JSON.stringify(text.trim().slice(0, 200))}`,
    );
  const shape = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  return { descr, fortranOrder: order === "True", shape };
}

/** Fortran's order lets the first axis run fastest. */
function rowMajor<Values extends Uint8Array | Float64Array>(
  values: Values,
  shape: readonly number[],
): Values {
  const result = values.slice() as Values;
  const index = shape.map(() => 0);
  for (const value of values) {
    const at = index.reduce((offset, i, axis) => offset * shape[axis]! + i, 0);
    result[at] = value;
    for (let axis = 0; axis < shape.length && ++index[axis]! === shape[axis]; axis++) index[axis] = 0;
  }
  return result;
}
