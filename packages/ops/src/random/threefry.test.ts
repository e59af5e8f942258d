import { describe, expect, it } from "vitest";
import { fillThreefry, threefry } from "./threefry.ts";

describe("threefry", () => {
  // threefry2x32 with 20 rounds: the file kat_vectors of Random123 1.14 (Salmon et al.).
  it.each([
    { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    {
      counter: [0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: [0x1cb996fc, 0xbb002be7],
    },
    {
      counter: [0x243f6a88, 0x85a308d3],
      key: [0x13198a2e, 0x03707344],
      words: [0xc4923a9c, 0x483df7a0],
    },
  ])("encrypts $counter under $key as published", ({ counter, key, words }) => {
    expect(threefry([key[0]!, key[1]!], counter[0]!, counter[1]!)).toEqual(words);
  });

  it("fills an array with consecutive blocks, whatever its length", () => {
    const blocks = [0, 1, 2].flatMap((i) => threefry([3, 4], 0xfffffffe + i, 7));
    for (const size of [0, 1, 2, 5, 6]) {
      const filled = fillThreefry(3, 4, 0xfffffffe, 7, new Uint32Array(size));
      expect([...filled]).toEqual(blocks.slice(0, size));
    }
  });

  it("changes about half of the output bits with any one bit of the key or counter", () => {
    const base = threefry([1, 2], 3, 4);
    for (let position = 0; position < 128; position++) {
      const input = [1, 2, 3, 4];
      input[position >>> 5]! ^= 1 << (position & 31);
      const words = threefry([input[0]!, input[1]!], input[2]!, input[3]!);
      const changed = bitCount(words[0] ^ base[0]) + bitCount(words[1] ^ base[1]);
      // Binomial(64, 1/2) has standard deviation 4. The limits are 4.5 of them on either side.
      expect(Math.abs(changed - 32)).toBeLessThanOrEqual(18);
    }
  });
});

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
