import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { cifar10Classes, loadCifar10 } from "./load-cifar-10.ts";

const { folder, isThere } = realData;

describe.skipIf(!isThere)("loadCifar10", () => {
  it("reads the real test images and the first training batch, packed by brotli", async () => {
    const { train, test, batches } = await loadCifar10({ folder, batches: "present" });
    expect([batches, train.count, test.count]).toEqual([[1], 10_000, 10_000]);
    expect(train.shape).toEqual([32, 32, 3]);
    // The first images of the published files.
    expect([...train.labels.subarray(0, 3)].map((label) => cifar10Classes[label])).toEqual([
      "frog",
      "truck",
      "truck",
    ]);
    expect([...test.labels.subarray(0, 3)].map((label) => cifar10Classes[label])).toEqual([
      "cat",
      "ship",
      "ship",
    ]);
    // The well-known means of all training images are 0.4914, 0.4822, 0.4465; a fifth of them is near.
    const sums = [0, 0, 0];
    for (let i = 0; i < train.values.length; i++) sums[i % 3]! += train.values[i]!;
    const means = sums.map((sum) => sum / (10_000 * 1024 * 255));
    [0.4914, 0.4822, 0.4465].forEach((mean, i) => expect(Math.abs(means[i]! - mean)).toBeLessThan(0.005));
  });

  it("says which files are missing", async () => {
    await expect(loadCifar10({ folder: join(folder, "cifar10") })).rejects.toThrow(
      /expected data_batch_2\.bin, .*; pass batches: \[1\] to train on those that are there/,
    );
  });
});
