import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { affine, uniformDequantisation } from "@invertible/layers";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { evaluate } from "./evaluate.ts";
import type { EvaluateOptions } from "./evaluate.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

/** z = (x - 1) / 2, so x ~ N(1, 4) in each of two dimensions. */
function gaussian(): Flow {
  const bijection = affine({ inputShape: [2], scale: 0.5, shift: -0.5 });
  const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
  flows.push(flow);
  return flow;
}
const values = Float32Array.from({ length: 22 }, (_, i) => Math.sin(i) * 3);
const data = { values, shape: [2], count: 11 };
const random = createRandom(1);
const expected = Array.from({ length: 11 }, (_, i) =>
  [0, 1].reduce(
    (total, j) => total - 0.5 * ((values[2 * i + j]! - 1) / 2) ** 2 - 0.5 * Math.log(2 * Math.PI * 4),
    0,
  ),
);

describe("evaluate", () => {
  it.each([1, 4, 11, 100])(
    "computes log-probability, mean and standard error (batches of %i)",
    async (batchSize) => {
      const result = await evaluate({ flow: gaussian(), data, random, batchSize });
      result.logProb.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
      const mean = expected.reduce((a, b) => a + b) / 11;
      const variance = expected.reduce((total, value) => total + (value - mean) ** 2, 0) / 10;
      expect(result.meanNll).toBeCloseTo(-mean, 5);
      expect(result.standardError).toBeCloseTo(Math.sqrt(variance / 11), 5);
      expect(result).toMatchObject({ logDet: "exact", likelihood: "exact" });
    },
  );

  it("has no standard error for one example", async () => {
    const { standardError, meanNll } = await evaluate({
      flow: gaussian(),
      data: { ...data, values: values.slice(0, 2), count: 1 },
      random,
    });
    expect(standardError).toBeNaN();
    expect(meanNll).toBeCloseTo(-expected[0]!, 5);
  });

  it("says when the likelihood is a bound, and is the same for the same key", async () => {
    const bijection = chain([
      uniformDequantisation({ inputShape: [2] }),
      affine({ inputShape: [2], scale: 4, shift: -2 }),
    ]);
    const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
    flows.push(flow);
    const pixels = { values: Uint8Array.from({ length: 20 }, (_, i) => i * 12), shape: [2], count: 10 };
    const [a, b, c] = [
      await evaluate({ flow, data: pixels, random }),
      await evaluate({ flow, data: pixels, random }),
      await evaluate({ flow, data: pixels, random: createRandom(2) }),
    ];
    expect(a.likelihood).toBe("lower-bound");
    expect(b.logProb).toEqual(a.logProb);
    expect(c.logProb).not.toEqual(a.logProb);
    // log-probabilities of the integers: below 0, near -2 ln 256 + 2 ln 4 - ln 2 pi at the centre
    expect(Math.max(...a.logProb)).toBeLessThan(
      -2 * Math.log(256) + 2 * Math.log(4) - Math.log(2 * Math.PI) + 1e-4,
    );
  });

  it("reports progress, can be aborted, and leaks nothing", async () => {
    const flow = gaussian();
    const before = memory().numTensors;
    const seen: number[] = [];
    await evaluate({ flow, data, random, batchSize: 4, onProgress: (done, count) => seen.push(done, count) });
    expect(seen).toEqual([4, 11, 8, 11, 11, 11]);
    const controller = new AbortController();
    const aborted = evaluate({
      flow,
      data,
      random,
      batchSize: 4,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("stop")),
    });
    await expect(aborted).rejects.toThrow("stop");
    expect(memory().numTensors).toBe(before);
  });

  it.each<[string, Partial<EvaluateOptions>, RegExp]>([
    [
      "no data",
      { data: { values: new Float32Array(0), shape: [2], count: 0 } },
      /evaluate\.data: expected at least one example/,
    ],
    [
      "another shape",
      { data: { values, shape: [1, 2], count: 11 } },
      /evaluate\.data\.shape: expected \[2\] as the model takes, received \[1, 2\]/,
    ],
    ["a batch of 0", { batchSize: 0 }, /evaluate\.batchSize/],
    [
      "NaN",
      { data: { values: Float32Array.of(1, 2, 3, NaN), shape: [2], count: 2 } },
      /evaluate: expected finite input data, received NaN in example 1/,
    ],
    [
      "numbers of another kind",
      { data: { values: new Float64Array(2) as unknown as Float32Array, shape: [2], count: 1 } },
      /expected a Float32Array or a Uint8Array, received "\[object Float64Array\]"/,
    ],
  ])("rejects %s", async (_, change, message) => {
    await expect(evaluate({ flow: gaussian(), data, random, ...change })).rejects.toThrow(message);
  });
});
