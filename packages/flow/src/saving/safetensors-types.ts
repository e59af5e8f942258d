/** Element types of a safetensors file that have a JavaScript typed array. F16 and BF16 have none. */
export type SafetensorsDtype =
  "U64" | "I64" | "F64" | "F32" | "U32" | "I32" | "U16" | "I16" | "I8" | "U8" | "BOOL";

export type TensorBytes =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** One named array of a file, in row-major order. */
export interface StoredTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: TensorBytes;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The header's `__metadata__`: strings only. */
  readonly metadata: ReadonlyMap<string, string>;
}

interface DtypeInfo {
  readonly bytes: number;
  readonly view: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorBytes;
}

/** In the order in which the reference implementation lays arrays out: the widest first, so that all are aligned. */
export const dtypes: Readonly<Record<SafetensorsDtype, DtypeInfo>> = {
  U64: { bytes: 8, view: BigUint64Array },
  I64: { bytes: 8, view: BigInt64Array },
  F64: { bytes: 8, view: Float64Array },
  F32: { bytes: 4, view: Float32Array },
  U32: { bytes: 4, view: Uint32Array },
  I32: { bytes: 4, view: Int32Array },
  U16: { bytes: 2, view: Uint16Array },
  I16: { bytes: 2, view: Int16Array },
  I8: { bytes: 1, view: Int8Array },
  U8: { bytes: 1, view: Uint8Array },
  BOOL: { bytes: 1, view: Uint8Array },
};

export const dtypeNames = Object.keys(dtypes) as readonly SafetensorsDtype[];

export function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === "string" && Object.hasOwn(dtypes, value);
}

/** The file is little-endian and we read it through typed arrays, which have the machine's byte order. */
export const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Number of elements, or undefined where it is not a safe integer. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) count *= size;
  return Number.isSafeInteger(count) ? count : undefined;
}
