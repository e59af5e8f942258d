/** An array as files hold it: row-major, with its sizes. */
export interface StoredArray {
  readonly shape: readonly number[];
  /** Bytes stay bytes, which tells pixels from numbers. */
  readonly values: Uint8Array | Float64Array;
}

/** A file that cannot be read as what it is named. Its message says what was expected. */
export class ArrayFileError extends Error {
  override readonly name = "ArrayFileError";
}

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
