import { tensor } from "@tensorflow/tfjs-core";
import { fail } from "@invertible/errors";
import { normalsInPlace } from "./normal-quantile.ts";
import type { Random } from "./random.ts";
import { spend } from "../tensors/allowance.ts";
import { sizeOf } from "../tensors/size-of.ts";
import { fillThreefry, threefry } from "./threefry.ts";
import type { Shape, Tensor } from "../tensors/types.ts";

/**
 * The high byte of the second counter word. Every kind of draw has its own counters, so that, for example, the normals and the
 * signs of one key are independent.
 */
const purpose = {
  foldNumber: 1 << 24,
  foldString: 2 << 24,
  split: 3 << 24,
  normal: 4 << 24,
  uniform: 5 << 24,
  rademacher: 6 << 24,
  integers: 7 << 24,
  permutation: 8 << 24,
} as const;

const twoTo32 = 2 ** 32;

/**
 * Makes a random key from a seed, an integer in [0, 2^53). Equal seeds give equal numbers, on every backend.
 *
 * The generator is Threefry-2x32-20 in counter mode. Uniform numbers have 24 bits. Normals are the quantile function at 32-bit
 * uniforms, so |z| < 6.34. Integers have no modulo bias.
 *
 * @throws ArgumentError where the seed is not a safe integer >= 0.
 * @see Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3"
 *
 * @example
 * ```ts
 * const random = createRandom(7);
 * const noise = random.fold("step").fold(3).normal([64, 2]);
 * ```
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) fail("createRandom: seed", "a safe integer >= 0", seed);
  return randomFromKey([seed >>> 0, Math.floor(seed / twoTo32)]);
}

/**
 * Restores a random key from the two words of `Random.key`.
 *
 * @throws ArgumentError unless the key is two integers in [0, 2^32).
 */
export function randomFromKey(key: readonly [number, number]): Random {
  const isWord = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < twoTo32;
  if (!Array.isArray(key) || key.length !== 2 || !key.every(isWord)) {
    fail("randomFromKey: key", "two integers in [0, 2^32)", key);
  }
  return fromWords(key[0], key[1]);
}

function fromWords(key0: number, key1: number): Random {
  const key = Object.freeze([key0, key1] as const);

  const words = (size: number, kind: number) => {
    checkSize(size);
    return fillThreefry(key0, key1, 0, kind, new Uint32Array(size));
  };

  /** Uniform on 0..range-1 without bias. Words above the last whole multiple of `range` are drawn again. */
  const bounded = (word: number, index: number, range: number, kind: number) => {
    const end = twoTo32 - (twoTo32 % range);
    for (let attempt = 1; word >= end; attempt++) word = threefry(key, index, kind + attempt)[0];
    return word % range;
  };

  const normalArray = (size: number) => normalsInPlace(words(size, purpose.normal));

  const uniformArray = (size: number, low = 0, high = 1) => {
    if (!(low < high && Number.isFinite(high - low))) fail("uniform", "finite low < high", [low, high]);
    const bits = words(size, purpose.uniform);
    const out = new Float32Array(size);
    const scale = (high - low) / 2 ** 24;
    for (let i = 0; i < size; i++) out[i] = low + (bits[i]! >>> 8) * scale;
    // Rounding to float32 can reach `high`, which is excluded. It can also fall below a `low` that is not a float32 number.
    if (low !== 0 || high !== 1) clampToFloat32(out, low, high);
    return out;
  };

  const rademacherArray = (size: number) => {
    checkSize(size);
    const bits = words(Math.ceil(size / 32), purpose.rademacher);
    const out = new Float32Array(size);
    for (let i = 0; i < size; i++) out[i] = (bits[i >>> 5]! >>> (i & 31)) & 1 ? 1 : -1;
    return out;
  };

  return Object.freeze({
    key,

    fold(data: number | string): Random {
      return fromWords(...(typeof data === "string" ? foldString(key, data) : foldNumber(key, data)));
    },

    split(count: number): Random[] {
      checkSize(count);
      return Array.from({ length: count }, (_, i) => fromWords(...threefry(key, i, purpose.split)));
    },

    normal: (shape: Shape): Tensor => toTensor(shape, normalArray),
    uniform: (shape: Shape, low?: number, high?: number): Tensor =>
      toTensor(shape, (size) => uniformArray(size, low, high)),
    rademacher: (shape: Shape): Tensor => toTensor(shape, rademacherArray),
    normalArray,
    uniformArray: (size: number) => uniformArray(size),

    integers(size: number, low: number, high: number): Int32Array {
      if (low !== (low | 0) || high !== (high | 0) || low >= high)
        fail("integers", "int32 low < high", [low, high]);
      const bits = words(size, purpose.integers);
      const out = new Int32Array(size);
      for (let i = 0; i < size; i++) out[i] = low + bounded(bits[i]!, i, high - low, purpose.integers);
      return out;
    },

    permutation(size: number): Int32Array {
      const bits = words(size, purpose.permutation);
      const order = Int32Array.from({ length: size }, (_, i) => i);
      // The Fisher-Yates shuffle, from the end.
      for (let i = size - 1; i > 0; i--) {
        const j = bounded(bits[i]!, i, i + 1, purpose.permutation);
        const swapped = order[i]!;
        order[i] = order[j]!;
        order[j] = swapped;
      }
      return order;
    },
  });
}

function foldNumber(key: readonly [number, number], data: number): [number, number] {
  if (!Number.isSafeInteger(data) || data < 0) fail("fold", "a safe integer >= 0 or a string", data);
  // The high part of a safe integer has 21 bits, and stays below the byte of the purpose.
  return threefry(key, data >>> 0, purpose.foldNumber + Math.floor(data / twoTo32));
}

/** Chains the cipher over the UTF-8 bytes, 8 at a time. The length goes first, so that padding is unambiguous. */
function foldString(key: readonly [number, number], data: string): [number, number] {
  const bytes = new TextEncoder().encode(data);
  const padded = new DataView(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8));
  bytes.forEach((byte, i) => padded.setUint8(i, byte));
  let hash = threefry(key, bytes.length, purpose.foldString);
  for (let at = 0; at < padded.byteLength; at += 8) {
    hash = threefry(hash, padded.getUint32(at, true), padded.getUint32(at + 4, true));
  }
  return hash;
}

function toTensor(shape: Shape, draw: (size: number) => Float32Array): Tensor {
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    fail("random: shape", "integers >= 0", shape);
  }
  return tensor(draw(sizeOf(shape)), [...shape], "float32");
}

function checkSize(size: number): void {
  // There is one word for each number, and the first counter word has 32 bits.
  if (!Number.isSafeInteger(size) || size < 0 || size >= twoTo32)
    fail("random: size", "an integer in [0, 2^32)", size);
  spend(size);
}

function clampToFloat32(values: Float32Array, low: number, high: number): void {
  const smallest = Math.fround(low) >= low ? Math.fround(low) : nextFloat32(Math.fround(low), 1);
  const largest = Math.fround(high) < high ? Math.fround(high) : nextFloat32(Math.fround(high), -1);
  if (smallest > largest) fail("uniform", "an interval [low, high) that holds a float32 number", [low, high]);
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(values[i]!, smallest), largest);
}

/** The neighbour of a finite float32 number in a direction. */
function nextFloat32(value: number, direction: 1 | -1): number {
  const float = new Float32Array([value]);
  if (value === 0) return direction * 2 ** -149;
  // Magnitudes have the same order as the integers that represent them.
  new Int32Array(float.buffer)[0]! += value > 0 === direction > 0 ? 1 : -1;
  return float[0]!;
}
