import { describe, expect, it, vi } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { entryNamed, ownCatalogue } from "../catalogue.ts";

const { folder, isThere } = realData;
const { signal } = new AbortController();
const load = async (name: string) => {
  const entry = entryNamed(ownCatalogue.datasets, name);
  const source = await entry.prepare!({ folder, signal });
  return entry.load({ task: "density", train: 500, test: 1000, trainSeed: 3, testSeed: 4, source });
};

describe.skipIf(!isThere)("data sets of the user's folder", () => {
  it("adbench-thyroid trains and tests on normal rows", async () => {
    const { train, test } = await load("adbench-thyroid");
    expect([train.shape, train.count, test.count]).toEqual([[6], 500, 1000]);
    // Half of the training rows: their columns are near mean 0 and deviation 1.
    const first = Array.from({ length: 500 }, (_, row) => train.values[6 * row]!);
    expect(Math.abs(first.reduce((a, b) => a + b) / 500)).toBeLessThan(0.2);
  });

  it("adbench-cardio has no anomalies in its test, however many examples are asked for", async () => {
    // 1655 normal rows, and no more than half of them are held out.
    expect((await load("adbench-cardio")).test.count).toBeLessThanOrEqual(828);
  });

  it("cifar-10 says which files it trains on, and mirrors images", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      const { train, test, augment } = await load("cifar-10");
      expect([train.count, test.count, augment!.map(({ name }) => name)]).toEqual([
        500,
        1000,
        ["randomFlip"],
      ]);
      expect(write.mock.calls.flat().join("")).toContain("cifar-10: trains on file 1 of 5");
    } finally {
      write.mockRestore();
    }
  });
});
