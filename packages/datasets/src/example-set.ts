/**
 * A set of examples in one typed array. Example i is `values.subarray(i * size, (i + 1) * size)`, where `size` is the product
 * of `shape`. Arrays are row-major, with channels last. Bytes are pixels 0..255.
 */
export interface ExampleSet<Values extends Float32Array | Uint8Array = Float32Array | Uint8Array> {
  /** The numbers of all examples. */
  readonly values: Values;
  /** Shape of one example: [2] for points, [height, width, channels] for images. */
  readonly shape: readonly number[];
  /** Number of examples. */
  readonly count: number;
  /** The class of every example, if the data have classes. */
  readonly labels?: Uint8Array;
}

/** Options of every generator. Equal options give equal examples. */
export interface GeneratorOptions {
  /** How many examples to generate, at least 1. */
  readonly count: number;
  /** Seed of the random numbers, an integer in [0, 2^32). */
  readonly seed: number;
}
