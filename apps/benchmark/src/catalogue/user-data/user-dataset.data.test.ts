import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { userDataset } from "./user-dataset.ts";

const { folder } = realData;
const table = join(folder, "adbench", "28_pendigits.npz");
const mnist = join(folder, "mnist");
const request = { task: "density", train: 1000, test: 100, trainSeed: 1, testSeed: 2, source: null };

describe("reading real files", () => {
  it.skipIf(!existsSync(table))("reads a table that NumPy wrote", async () => {
    const { kind, load } = await userDataset("pendigits", table);
    expect(kind).toBe("table");
    const { train, test } = await load(request);
    expect([train.shape, train.count, test.count]).toEqual([[16], 1000, 100]);
    expect(train.values.every(Number.isFinite)).toBe(true);
  });

  it.skipIf(!existsSync(mnist))("reads the files of MNIST under another name", async () => {
    const { kind, load } = await userDataset("my-digits", mnist);
    expect(kind).toBe("image");
    const { train, test } = await load(request);
    expect([train.shape, train.count, test.count]).toEqual([[28, 28, 1], 1000, 100]);
  });
});
