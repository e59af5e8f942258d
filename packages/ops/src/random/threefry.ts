/**
 * Threefry-2x32 with 20 rounds, a block cipher on two 32-bit words. As a counter-based generator it passes the BigCrush tests,
 * and it needs only additions, rotations and exclusive ors.
 *
 * @see Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC'11, section 4.2
 */

// Keeps the third key word from being zero where the key is. (Skein's constant, low half of the 32-bit form.)
const parity = 0x1bd11bda;

/**
 * Fills `out` with the words of the blocks (first, second), (first + 1, second), ... under a key. Words 2i and 2i + 1 of `out`
 * are block i, so word i never depends on the length of `out`.
 */
export function fillThreefry(
  key0: number,
  key1: number,
  first: number,
  second: number,
  out: Uint32Array,
): Uint32Array {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = parity ^ k0 ^ k1;
  const start = (second + k1) | 0;
  // The rounds are written out, because a loop over a table of rotations takes three times as long.
  // prettier-ignore
  for (let i = 0; i < out.length; i += 2) {
    let a = (first + (i >>> 1) + k0) | 0;
    let b = start;
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
    a = (a + k1) | 0; b = (b + k2 + 1) | 0;
    a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
    a = (a + k2) | 0; b = (b + k0 + 2) | 0;
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
    a = (a + k0) | 0; b = (b + k1 + 3) | 0;
    a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a;
    a = (a + k1) | 0; b = (b + k2 + 4) | 0;
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a;
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a;
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a;
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a;
    out[i] = a + k2;
    if (i + 1 < out.length) out[i + 1] = b + k0 + 5;
  }
  return out;
}

/** Computes one block, the encryption of (counter0, counter1) under (key0, key1). */
export function threefry(
  key: readonly [number, number],
  counter0: number,
  counter1: number,
): [number, number] {
  const [a, b] = fillThreefry(key[0], key[1], counter0, counter1, new Uint32Array(2));
  return [a!, b!];
}
