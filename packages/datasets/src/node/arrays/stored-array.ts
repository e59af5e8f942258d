/** An array as files hold it: row-major, with the sizes of its axes. */
export interface StoredArray {
  /** The sizes of the axes. */
  readonly shape: readonly number[];
  /** Bytes stay bytes, which tells pixels from numbers. */
  readonly values: Uint8Array | Float64Array;
}

/** The number of values of an array of this shape. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
