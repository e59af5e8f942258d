import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { createRandom, memory, mul, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { evaluate } from "./evaluate.ts";
import { measureLogDetGap } from "./measure-log-det-gap.ts";

describe("measureLogDetGap", () => {
  const random = createRandom(1);
  const data = {
    values: Float32Array.from({ length: 600 }, (_, i) => 2 * Math.sin(i)),
    shape: [3],
    count: 200,
  };
  const branch = {
    features: 3,
    hidden: [16],
    activation: "elu",
    coefficient: 0.97,
    preactivation: false,
  } as const;
  const block = (logDet: LogDetEstimator) =>
    createFlow({
      bijection: residualBlock({
        branch: denseBranch({ ...branch, random: random.fold("branch") }),
        logDet,
        evaluationLogDet: exactLogDet(),
      }),
      base: standardNormal({ shape: [3] }),
    });
  let before = 0;
  beforeAll(async () => {
    await startBackend("wasm");
    before = memory().numTensors;
  });
  afterAll(() => expect(memory().numTensors).toBe(before));

  it("is what the terms that training cuts off would add", async () => {
    // The same weights with two series, judged by the exact log-det.
    const [short, long] = [1, 60].map((terms) => block(powerSeries({ terms, probes: 4 })));
    for (const flow of [short!, long!]) {
      for (const [name, variable] of Object.entries(flow.parameters))
        if (name.endsWith("weight")) tidy(() => variable.assign(mul(variable, 10)));
      // At its limit, so that the terms that are cut off are large.
      await flow.refresh({ tolerance: 1e-6 });
    }
    const call = { data, random, batchSize: 200 };
    const gap = await measureLogDetGap({ flow: short!, ...call });
    const none = await measureLogDetGap({ flow: long!, ...call });
    // Five standard errors: once in two million seeds, of which this is one.
    expect(Math.abs(none.mean)).toBeLessThan(5 * none.standardError);
    expect(Math.abs(gap.mean)).toBeGreaterThan(5 * gap.standardError);
    // Evaluation itself is the same for both.
    const nlls = await Promise.all(
      [short!, long!].map(async (flow) => (await evaluate({ flow, ...call })).meanNll),
    );
    expect(nlls[0]).toBeCloseTo(nlls[1]!, 5);
    [short!, long!].forEach(disposeFlow);
  });

  it("refuses what it cannot average", async () => {
    const flow = block(powerSeries({ terms: 2 }));
    await expect(measureLogDetGap({ flow, data, random, draws: 0 })).rejects.toThrow(
      "measureLogDetGap.draws: expected a positive integer, received 0",
    );
    const one = await measureLogDetGap({ flow, data, random, batchSize: 1 });
    expect(one.standardError).toBeNaN();
    disposeFlow(flow);
  });
});
