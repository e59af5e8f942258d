import type { Shape, Tensor } from "../tensors/types.ts";

/**
 * A random key, not a stream: every method is a pure function of the key, so calling one twice gives the same numbers. Derive
 * fresh keys with `fold` and `split`. The numbers are the same on every backend.
 */
export interface Random {
  /** The two words of the key. They can be stored, and `randomFromKey` restores the key from them. */
  readonly key: readonly [number, number];
  /** Derives a key from this one and from `data`, a non-negative integer or a name. */
  fold(data: number | string): Random;
  /** Derives `count` independent keys. */
  split(count: number): Random[];
  /** Draws independent standard normals. */
  normal(shape: Shape): Tensor;
  /** Draws independent numbers, uniform on [low, high). Default [0, 1). */
  uniform(shape: Shape, low?: number, high?: number): Tensor;
  /** Draws independent signs, -1 or +1 with equal probability. */
  rademacher(shape: Shape): Tensor;
  /** Draws the same numbers as `normal`, as a typed array. */
  normalArray(size: number): Float32Array;
  /** Draws the same numbers as `uniform` on [0, 1), as a typed array. */
  uniformArray(size: number): Float32Array;
  /** Draws independent integers, uniform in [low, high). */
  integers(size: number, low: number, high: number): Int32Array;
  /** Draws an order of 0..size-1, uniform over all orders. */
  permutation(size: number): Int32Array;
  /**
   * Present where a computation is recorded once and repeated with other keys, as by `@invertible/capture`. A computation whose course
   * depends on the key must then ask here instead of drawing numbers on the host.
   */
  readonly repeated?: RepeatedDraws;
}

/** How a computation that is repeated with other keys learns what depends on the key. */
export interface RepeatedDraws {
  /**
   * The length of a loop that is long enough for this key, and for those with which it will be repeated.
   *
   * @param needed computes from a key how long the loop has to be
   */
  length(needed: (random: Random) => number): number;
  /** A tensor of numbers that the host computes from the key, and computes anew at every repetition. */
  fill(shape: Shape, values: (random: Random) => Float32Array): Tensor;
  /**
   * The results of `body`, which has one for each tensor of `state`, in the same shape. A repetition in which the first number of `reached`
   * is 0 skips the body, and the results are then the tensors of `state`.
   */
  when(reached: Tensor, state: readonly Tensor[], body: () => Tensor[]): Tensor[];
}
