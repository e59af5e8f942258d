import { encodeSafetensors } from "@invertible/flow";
import { memoryCheckpointStore } from "@invertible/trainer";
import { describe, expect, it } from "vitest";
import { medianAfterWarmup, thinCurve, withHistory } from "./loss-history.ts";

describe("withHistory", () => {
  const checkpoint = encodeSafetensors({
    tensors: new Map([["weight", { dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) }]]),
    metadata: new Map([["step", "2"]]),
  });

  it("keeps the curve in the checkpoint and hands the checkpoint back as it was", async () => {
    const kept = memoryCheckpointStore();
    const before = withHistory(kept);
    before.history.add(3.3, 10);
    before.history.add(2.2, 20);
    await before.store.save(checkpoint);
    before.history.add(1.1, 30);

    const after = withHistory(kept);
    expect(await after.store.load()).toEqual(checkpoint);
    expect(after.history.loss).toEqual([Math.fround(3.3), Math.fround(2.2)]);
    expect(after.history.milliseconds).toEqual([10, 20]);
  });

  it("starts empty where there is no checkpoint", async () => {
    const { store, history } = withHistory(memoryCheckpointStore());
    expect(await store.load()).toBeUndefined();
    expect(history.loss).toEqual([]);
  });
});

describe("thinCurve", () => {
  it("leaves short curves as they are", () => {
    expect(thinCurve([3, 2, 1], 10)).toEqual({ step: [1, 2, 3], loss: [3, 2, 1] });
  });
  it("averages long curves over equal stretches, of which the last may be shorter", () => {
    expect(thinCurve([1, 3, 5, 7, 9], 3)).toEqual({ step: [2, 4, 5], loss: [2, 6, 9] });
  });
});

describe("medianAfterWarmup", () => {
  it("leaves out the first five of many times", () => {
    expect(medianAfterWarmup([900, 900, 900, 900, 900, 3, 1, 2, 4, 5, 6])).toBe(3.5);
  });
  it("uses every time where there are few", () => expect(medianAfterWarmup([5, 1, 3])).toBe(3));
});
