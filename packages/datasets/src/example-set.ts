/**
 * Examples in one typed array: example i is `values.subarray(i * size, (i + 1) * size)`, where `size` is the product
 * of `shape`, row-major with channels last. Bytes are pixels 0..255.
 */
export interface ExampleSet<Values extends Float32Array | Uint8Array = Float32Array | Uint8Array> {
  readonly values: Values;
  readonly shape: readonly number[];
  readonly count: number;
  /** The class of every example, where the data has classes. */
  readonly labels?: Uint8Array;
}

/** What a generator needs: equal options give equal examples. */
export interface GeneratorOptions {
  /** How many examples, >= 1. */
  readonly count: number;
  /** An integer in [0, 2^32). */
  readonly seed: number;
}
