import type { Shape, Tensor } from "../tensors/types.ts";

/**
 * A key of a counter-based generator, not a stream: every method is a pure function of the key, so calling one
 * twice gives the same numbers. Derive fresh keys with `fold` and `split`. The same on every backend.
 */
export interface Random {
  /** Serialisable; `randomFromKey` restores the generator. */
  readonly key: readonly [number, number];
  /** A key that depends on this one and on `data`, a non-negative integer or a name. */
  fold(data: number | string): Random;
  /** `count` independent keys. */
  split(count: number): Random[];
  normal(shape: Shape): Tensor;
  /** Uniform on [low, high); default [0, 1). */
  uniform(shape: Shape, low?: number, high?: number): Tensor;
  /** Independent signs, -1 or +1. */
  rademacher(shape: Shape): Tensor;
  /** The same numbers as typed arrays. */
  normalArray(size: number): Float32Array;
  uniformArray(size: number): Float32Array;
  /** Uniform integers in [low, high). */
  integers(size: number, low: number, high: number): Int32Array;
  /** A uniformly random order of 0..size-1. */
  permutation(size: number): Int32Array;
}
