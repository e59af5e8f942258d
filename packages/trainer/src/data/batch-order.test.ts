import { describe, expect, it } from "vitest";
import { createRandom } from "@invertible/ops";
import { batchOrder } from "./batch-order.ts";

describe("batchOrder", () => {
  const order = batchOrder({ random: createRandom(3), count: 10, batchSize: 4 });
  const stream = [1, 2, 3, 4, 5].flatMap((step) => [...order.indicesOf(step)]);
  const sorted = (values: number[]) => [...values].sort((a, b) => a - b);

  it("shows every example once in each pass, across the borders of batches", () => {
    const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(sorted(stream.slice(0, 10))).toEqual(all);
    expect(sorted(stream.slice(10, 20))).toEqual(all);
    expect(stream.slice(0, 10)).not.toEqual(stream.slice(10, 20));
  });
  it("depends on the step alone, in whatever order steps are asked for", () => {
    const again = batchOrder({ random: createRandom(3), count: 10, batchSize: 4 });
    expect([5, 1, 3].map((step) => [...again.indicesOf(step)])).toEqual([
      stream.slice(16),
      stream.slice(0, 4),
      stream.slice(8, 12),
    ]);
  });
  it("is the documented permutation of the key", () => {
    const first = createRandom(3).fold("order").fold(0).permutation(10);
    expect(stream.slice(0, 10)).toEqual([...first]);
  });
  it("counts passes", () => expect(order.epochsAfter(5)).toBe(2));
});
