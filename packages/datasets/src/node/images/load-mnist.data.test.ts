import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { realData } from "../../../../../tools/real-data.ts";
import { serve } from "../../../test-support/idx.ts";
import { loadMnist } from "./load-mnist.ts";

const { folder: data, isThere } = realData;

describe.skipIf(!isThere)("loadMnist", () => {
  it.each([data, join(data, "mnist")])("reads the real files, given %s", async (folder) => {
    const { train, test } = await loadMnist({ folder });
    expect([train.count, train.shape, train.values.length]).toEqual([60_000, [28, 28, 1], 60_000 * 784]);
    expect([test.count, test.values.length]).toEqual([10_000, 7_840_000]);
    // The first labels of the published set, and its well-known mean of 0.1307.
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const mean = train.values.reduce((total, value) => total + value, 0) / train.values.length / 255;
    expect(mean).toBeCloseTo(0.1307, 4);
  });

  it("downloads the real files from a mirror, checks them, and reads them back", async () => {
    const server = await serve((name, response) => {
      void readFile(join(data, "mnist", name)).then((bytes) => response.end(bytes));
    });
    const cache = await mkdtemp(join(tmpdir(), "invertible-mnist-"));
    try {
      let received = 0;
      const options = { cache, mirrors: [server.address], onProgress: () => received++ };
      const { test } = await loadMnist(options);
      expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
      expect(received).toBeGreaterThan(4);
      const again = await loadMnist(options);
      // Buffer.compare, because a deep comparison of 8 MB takes a minute to report a difference.
      expect(Buffer.compare(again.test.values, test.values)).toBe(0);
      expect(server.asked.length).toBe(4);
    } finally {
      await server.close();
      await rm(cache, { recursive: true });
    }
  });
});
