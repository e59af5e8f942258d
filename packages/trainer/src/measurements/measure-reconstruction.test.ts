import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain, defineBijection, factorOut } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm, affine, logit, uniformDequantisation } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, div, memory, mul, sum } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { measureReconstruction } from "./measure-reconstruction.ts";
import type { MeasureReconstructionOptions } from "./measure-reconstruction.ts";
import { measureSampling } from "./measure-sampling.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const flowOf = (...layers: Bijection[]): Flow => {
  const bijection = chain(layers);
  const flow = createFlow({ bijection, base: standardNormal({ shape: bijection.outputShape }) });
  flows.push(flow);
  return flow;
};

const random = createRandom(1);
const block = (features: number, key: string) =>
  residualBlock({
    branch: denseBranch({
      features,
      hidden: [32],
      activation: "elu",
      coefficient: 0.9,
      preactivation: false,
      random: random.fold(key),
    }),
    logDet: exactLogDet(),
  });
const values = random.fold("data").normalArray(200);
const data = { values, shape: [2], count: 100 };

describe("measureReconstruction", () => {
  it("measures an iterative flow, with evidence per layer and a curve that falls to rounding", async () => {
    const flow = flowOf(actNorm({ inputShape: [2] }), block(2, "a"), block(2, "b"));
    const before = memory().numTensors;
    const result = await measureReconstruction({
      flow,
      data,
      random,
      batchSize: 32,
      iterationCounts: [1, 2, 4, 8, 16, 64],
    });
    expect(memory().numTensors).toBe(before);
    expect(result.maxError).toBeLessThan(3e-5); // two blocks at the default tolerance of 1e-5, scaled by row
    expect(result.meanError).toBeLessThanOrEqual(result.maxError);
    expect(result.meanError).toBeGreaterThan(0);
    expect(result.beforeRounding).toBeUndefined();
    expect(result.evidence.map(({ path, layer, converged }) => [path, layer, converged])).toEqual([
      ["bijection.2", "residualBlock", true],
      ["bijection.1", "residualBlock", true],
    ]);
    expect(result.iterations).toBe(Math.max(...result.evidence.map((e) => e.iterations)));
    const curve = result.byIterations.map((point) => point.maxError);
    expect(result.byIterations.map((point) => point.iterations)).toEqual([1, 2, 4, 8, 16, 64]);
    for (let i = 1; i < 4; i++) expect(curve[i]!).toBeLessThan(curve[i - 1]! / 1.2);
    expect(curve[0]!).toBeGreaterThan(1e-2);
    expect(curve[5]!).toBeLessThan(3e-6);
  });

  it("does not depend on how the data are cut into batches", async () => {
    const flow = flowOf(actNorm({ inputShape: [2] }), block(2, "a"));
    const one = await measureReconstruction({ flow, data, random, batchSize: 1 });
    const all = await measureReconstruction({ flow, data, random, batchSize: 1000 });
    // Rows freeze one by one, so they are the same to the bit in any batch.
    expect(all.examples).toEqual(one.examples);
    expect(all.iterations).toBe(one.iterations);
  });

  describe("with certified bounds", () => {
    const nested = () =>
      flowOf(
        affine({ inputShape: [4], scale: 0.25 }),
        chain([
          block(4, "a"),
          factorOut({ inputShape: [4], leaving: "second", inner: chain([block(2, "b"), block(2, "c")]) }),
        ]),
        block(4, "d"),
      );
    const wide = { values, shape: [4], count: 50 };

    it.each([1, 2, 3, 5, 8])(
      "bounds the error of every example after %i iterations",
      async (maxIterations) => {
        const flow = nested();
        const before = memory().numTensors;
        const request = { flow, data: wide, random, batchSize: 16, tolerance: 1e-30 } as const;
        const { examples, evidence } = await measureReconstruction({
          ...request,
          ...{ maxIterations, method: "banach", onCap: "return", errorBounds: "certified" },
        });
        expect(memory().numTensors).toBe(before);
        expect(examples).toHaveLength(50);
        expect(evidence.map(({ path }) => path)).toEqual(
          ["2", "1.1.inner.1", "1.1.inner.0", "1.0"].map((path) => `bijection.${path}`),
        );
        expect(evidence.every(({ rows }) => rows.length === 50)).toBe(true);
        for (const { error, errorBound } of examples) {
          expect(error).toBeLessThanOrEqual(errorBound!);
          // The bound is not meaningless, although the constants of four layers multiply.
          expect(errorBound!).toBeLessThan(1e3 * 0.73 ** maxIterations);
        }
      },
    );

    it("bounds the error at the end too, and says nothing where nothing is proven or asked for", async () => {
      const { examples, maxError } = await measureReconstruction({
        ...{ flow: nested(), data: wide, random, errorBounds: "certified" },
      });
      examples.forEach(({ error, errorBound }) => expect(error).toBeLessThanOrEqual(errorBound!));
      const largest = Math.max(...examples.map(({ error }) => error));
      expect(largest).toBeGreaterThanOrEqual(maxError);
      expect(largest).toBeLessThanOrEqual(2 * maxError); // of 4 elements
      const silent = await measureReconstruction({ flow: nested(), data: wide, random });
      expect(silent.examples.every(({ errorBound }) => errorBound === undefined)).toBe(true);

      const unproven = defineBijection({
        name: "unproven",
        inputShape: [4],
        outputShape: [4],
        config: {},
        forward: (x) => ({ y: mul(x, 2), logDet: () => sum(x, 1) }),
        inverse: (y) => ({ x: div(y, 2), logDet: () => sum(y, 1) }),
      });
      const open = await measureReconstruction({
        ...{ flow: flowOf(unproven, block(4, "a")), data: wide, random, errorBounds: "certified" },
      });
      expect(open.examples.every(({ errorBound }) => errorBound === Infinity)).toBe(true);
      const behind = await measureReconstruction({
        ...{ flow: flowOf(block(4, "a"), unproven), data: wide, random, errorBounds: "certified" },
      });
      expect(behind.examples.every(({ errorBound }) => errorBound! < 1e-3)).toBe(true);
    });
  });

  it("has no iterations and no evidence where every inverse is analytic", async () => {
    const result = await measureReconstruction({
      flow: flowOf(affine({ inputShape: [2], scale: 3 })),
      data,
      random,
    });
    expect(result).toMatchObject({ iterations: 0, evidence: [], byIterations: [] });
    expect(result.maxError).toBeLessThan(1e-6);
    expect(result.wrongIntegers).toBeUndefined();
  });

  describe("of a flow that dequantises", () => {
    const pixels = {
      values: Uint8Array.from({ length: 400 }, (_, i) => (i * 31) % 256),
      shape: [4],
      count: 100,
    };
    const image = (second: Bijection[]) =>
      flowOf(uniformDequantisation({ inputShape: [4] }), ...second, block(4, "pixels"));

    it("also measures what comes back before it is rounded", async () => {
      const flow = image([logit({ inputShape: [4], alpha: 1e-6 })]);
      const { maxError, meanError, beforeRounding } = await measureReconstruction({
        flow,
        data: pixels,
        random,
      });
      // The errors are whole bins, and rare: an error of 1e-5 crosses a border at 1 in 400 of the numbers.
      expect([0, 1]).toContain(maxError);
      expect(meanError).toBeLessThan(0.02);
      expect(beforeRounding!.maxError).toBeGreaterThan(1e-9);
      expect(beforeRounding!.maxError).toBeLessThan(1e-4);
    });

    it("bounds every example's error before it is rounded", async () => {
      const flow = image([logit({ inputShape: [4], alpha: 0.05 })]);
      const { examples, beforeRounding } = await measureReconstruction({
        ...{ flow, data: pixels, random, errorBounds: "certified" },
      });
      examples.forEach(({ error, errorBound }) => expect(error).toBeLessThanOrEqual(errorBound!));
      const largest = Math.max(...examples.map(({ error }) => error));
      expect(largest).toBeGreaterThanOrEqual(beforeRounding!.maxError);
      expect(largest).toBeLessThanOrEqual(2 * beforeRounding!.maxError);
    });

    it("counts the integers that come back as another, and a margin brings every one back", async () => {
      const many = {
        values: Uint8Array.from(random.fold("many").integers(20_000, 0, 256)),
        shape: [4],
        count: 5000,
      };
      const measure = (margin: number) =>
        measureReconstruction({
          flow: flowOf(
            uniformDequantisation({ inputShape: [4], margin }),
            affine({ inputShape: [4], shift: -0.5 }),
            block(4, "pixels"),
          ),
          data: many,
          random,
          // Errors of up to 1/40 of a bin.
          tolerance: 1e-4,
        });
      const without = await measure(0);
      expect(without.beforeRounding!.maxError).toBeLessThan(1e-4);
      expect(without.maxError).toBe(1);
      expect(without.wrongIntegers).toBeGreaterThan(0);
      // Each wrong integer is off by 1.
      expect(without.wrongIntegers).toBe(Math.round(without.meanError * 20_000));
      const withMargin = await measure(0.03);
      expect(withMargin.beforeRounding!.maxError).toBeGreaterThan(1e-6);
      expect(withMargin).toMatchObject({ wrongIntegers: 0, maxError: 0, meanError: 0 });
    });

    it("measures the same in a nested chain", async () => {
      const dequantise = chain([
        chain([uniformDequantisation({ inputShape: [4] })]),
        logit({ inputShape: [4], alpha: 1e-6 }),
      ]);
      const { beforeRounding } = await measureReconstruction({
        flow: flowOf(dequantise, block(4, "pixels")),
        data: pixels,
        random,
      });
      expect(beforeRounding!.maxError).toBeGreaterThan(1e-9);
      expect(beforeRounding!.maxError).toBeLessThan(1e-4);
    });

    it("measures the same where the second layer is iterative", async () => {
      const flow = image([]);
      const before = memory().numTensors;
      const { beforeRounding } = await measureReconstruction({ flow, data: pixels, random });
      expect(beforeRounding!.maxError).toBeGreaterThan(1e-9);
      expect(beforeRounding!.maxError).toBeLessThan(1e-4);
      expect(memory().numTensors).toBe(before);
    });
  });

  it("throws at the iteration cap, or reports that it was reached", async () => {
    const flow = flowOf(block(2, "a"));
    const before = memory().numTensors;
    const options = { flow, data, random, maxIterations: 2 };
    await expect(measureReconstruction(options)).rejects.toThrow(
      /residualBlock \(bijection\.0\)\.solveInverse/,
    );
    const { evidence, maxError } = await measureReconstruction({ ...options, onCap: "return" });
    expect(evidence[0]).toMatchObject({ converged: false, iterations: 2 });
    expect(maxError).toBeGreaterThan(1e-4);
    expect(memory().numTensors).toBe(before);
  });

  it.each<[string, Partial<MeasureReconstructionOptions>, RegExp]>([
    [
      "no data",
      { data: { values: new Float32Array(0), shape: [2], count: 0 } },
      /measureReconstruction\.data: expected at least one/,
    ],
    ["a tolerance of 0", { tolerance: 0 }, /measureReconstruction\.tolerance: expected a positive number/],
    ["an unknown kind of bounds", { errorBounds: "some" as never }, /measureReconstruction\.errorBounds/],
    ["0 iterations", { iterationCounts: [4, 0] }, /measureReconstruction\.iterationCounts/],
  ])("rejects %s", async (_, change, message) => {
    await expect(
      measureReconstruction({ flow: flowOf(affine({ inputShape: [2] })), data, random, ...change }),
    ).rejects.toThrow(message);
  });
});

describe("measureSampling", () => {
  it("times samples and passes the evidence on", async () => {
    const flow = flowOf(actNorm({ inputShape: [2] }), block(2, "a"));
    const before = memory().numTensors;
    const { millisecondsPerSample, evidence } = await measureSampling({
      flow,
      random,
      count: 64,
      repeats: 2,
    });
    expect(millisecondsPerSample).toBeGreaterThan(0);
    expect(millisecondsPerSample).toBeLessThan(100);
    expect(evidence).toHaveLength(1);
    expect(memory().numTensors).toBe(before);
  });
  it("rejects 0 samples", () =>
    expect(measureSampling({ flow: flowOf(block(2, "a")), random, count: 0 })).rejects.toThrow(
      "measureSampling.count",
    ));
});
