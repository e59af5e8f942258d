/** The element types of a safetensors file that have a JavaScript typed array. F16 and BF16 have none. */
export type SafetensorsDtype =
  "U64" | "I64" | "F64" | "F32" | "U32" | "I32" | "U16" | "I16" | "I8" | "U8" | "BOOL";

/** The typed arrays that hold the elements of a safetensors file. */
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

/** One array of a safetensors file, in row-major order. */
export interface StoredTensor {
  /** Type of its elements. */
  readonly dtype: SafetensorsDtype;
  /** Its sizes; [] for a single number. */
  readonly shape: readonly number[];
  /** The elements, with the last axis varying fastest. */
  readonly data: TensorBytes;
}

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The arrays by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The member `__metadata__` of the header. Its values are always strings. */
  readonly metadata: ReadonlyMap<string, string>;
}

interface DtypeInfo {
  readonly bytes: number;
  readonly view: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorBytes;
}

/**
 * Size and view of each element type. The order is that in which the reference implementation lays arrays out, with the widest
 * first, so that all are aligned.
 */
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

/** The element types in the order of `dtypes`. */
export const dtypeNames = Object.keys(dtypes) as readonly SafetensorsDtype[];

/** Whether a value names an element type. */
export function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === "string" && Object.hasOwn(dtypes, value);
}

/** Whether this machine is little-endian. Safetensors files are, and typed arrays have the byte order of the machine. */
export const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Number of elements of a shape, or undefined where it is not a safe integer. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) count *= size;
  return Number.isSafeInteger(count) ? count : undefined;
}
