import { describe, expect, it } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { loadOptdigits } from "./load-optdigits.ts";

const { folder, isThere } = realData;

describe.skipIf(!isThere)("loadOptdigits", () => {
  it("reads the real files", async () => {
    const { train, test } = await loadOptdigits({ folder });
    expect([train.count, train.shape, test.count, test.values.length]).toEqual([
      3823,
      [8, 8, 1],
      1797,
      1797 * 64,
    ]);
    // As counted in optdigits.names, and the first row of the file.
    const counts = Array.from({ length: 10 }, (_, digit) => train.labels.filter((l) => l === digit).length);
    expect(counts).toEqual([376, 389, 380, 389, 387, 376, 377, 387, 380, 382]);
    expect([...train.values.subarray(0, 8)]).toEqual([0, 1, 6, 15, 12, 1, 0, 0]);
    for (const { values } of [train, test])
      expect(values.reduce((most, pixel) => Math.max(most, pixel), 0)).toBe(16);
  });
});
