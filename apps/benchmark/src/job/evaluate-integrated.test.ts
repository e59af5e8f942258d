import { disposeFlow } from "@invertible/flow";
import { vectorFfjord } from "@invertible/models";
import { createRandom, memory, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { evaluate } from "@invertible/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluateIntegrated } from "./evaluate-integrated.ts";

const random = createRandom(31);
const count = 10;
const data = { values: random.fold("data").normalArray(2 * count), shape: [2], count };

/** A flow with weights away from their start, so many times as far. */
async function moved(steps: number, factor: number) {
  const flow = vectorFfjord({ features: 2, random, blocks: 1, hidden: [8], time: 1, method: "rk4", steps });
  for (const [name, variable] of Object.entries(flow.parameters))
    tidy(() => variable.assign(variable.add(random.fold(name).normal(variable.shape).mul(factor))));
  await flow.refresh();
  return flow;
}

const given = (progress: number[] = []) => ({
  ...{ data, random, batchSize: 4, signal: new AbortController().signal },
  onProgress: (done: number) => void progress.push(done),
});

describe("likelihoods of differential equations, with step control", () => {
  beforeAll(() => startBackend("wasm"));

  it("equal those of many fixed steps, and report work and error", async () => {
    const flow = await moved(60, 1);
    const before = memory().numTensors;
    const progress: number[] = [];
    const integrated = await evaluateIntegrated({ flow, ...given(progress) });
    expect(memory().numTensors).toBe(before);
    const fixed = await evaluate({ flow, ...given() });
    const { evaluations, error } = integrated.integration;
    // rk4 in 60 steps is right to float32 here; the estimate of the error is usually far above the error.
    integrated.logProb.forEach((value, i) =>
      expect(Math.abs(value - fixed.logProb[i]!)).toBeLessThan(error + 1e-5),
    );
    expect(Math.abs(integrated.meanNll - fixed.meanNll)).toBeLessThan(error + 1e-5);
    expect(Math.abs(integrated.standardError - fixed.standardError)).toBeLessThan(error + 1e-5);
    expect(error).toBeLessThan(0.05);
    expect(evaluations).toBeGreaterThan(6);
    expect(progress).toEqual([4, 8, 10]);
    disposeFlow(flow);
  });

  it("are not fooled by steps that are too few", async () => {
    const [few, many] = [await moved(1, 4), await moved(60, 4)];
    const rough = await evaluate({ flow: few, ...given() });
    const [integrated, exact] = [
      await evaluateIntegrated({ flow: few, ...given() }),
      await evaluate({ flow: many, ...given() }),
    ];
    expect(Math.abs(rough.meanNll - exact.meanNll)).toBeGreaterThan(0.5);
    expect(Math.abs(integrated.meanNll - exact.meanNll)).toBeLessThan(0.05);
    [few, many].forEach(disposeFlow);
  });
});
