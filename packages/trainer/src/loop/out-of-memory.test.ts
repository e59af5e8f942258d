import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import { OutOfMemoryError } from "@invertible/errors";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, dispose, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adam } from "../optimizers/adam.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { train } from "./train.ts";

const random = createRandom(4);
const count = 1_000_000;

describe("a batch for which the wasm backend has no room", () => {
  let flow: ReturnType<typeof createFlow>;
  beforeAll(async () => {
    await startBackend("wasm");
    const branch = denseBranch({
      features: 2,
      hidden: [1500],
      activation: "lipSwish",
      coefficient: 0.5,
      preactivation: false,
      random,
    });
    const bijection = residualBlock({ branch, logDet: exactLogDet() });
    flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
  });
  afterAll(() => disposeFlow(flow));

  const data = { values: new Float32Array(2 * count), shape: [2], count };
  const training = () => ({ flow, data, steps: 1, batchSize: count, optimizer: adam(), random });
  const finish = async (options: Parameters<typeof train>[0]) => {
    for await (const _ of train(options)) continue;
  };
  // A feature map of 1500 numbers for each of a million examples has 5.59 GB.
  const received =
    "expected a batch that fits into memory, received 1000000 examples (wasm: expected a tensor";

  it.each<[string, () => Promise<unknown>, string, string]>([
    [
      "logProb",
      async () => {
        const x = random.normal([count, 2]);
        try {
          return flow.logProb(x);
        } finally {
          x.dispose();
        }
      },
      "flow.logProb",
      "split them into several calls",
    ],
    ["sample", () => flow.sample(count, { random }), "flow.sample", "split them into several calls"],
    [
      "evaluate",
      () => evaluate({ flow, data, random, batchSize: count }),
      "evaluate",
      "pass a smaller batchSize than 1000000",
    ],
    [
      "train",
      () => finish({ ...training(), initialExamples: 0 }),
      "train step 1",
      'pass a smaller microBatchSize than 1000000, or backward: "checkpointed"',
    ],
  ])("is an error of %s that says what to do, after which small ones work", async (_, run, where, remedy) => {
    const before = memory().numTensors;
    const error: unknown = await run().catch((reason: unknown) => reason);
    expect(OutOfMemoryError.is(error)).toBe(true);
    expect((error as Error).message).toContain(`${where}: ${received}`);
    expect((error as Error).message).toContain(remedy);
    expect(memory().numTensors).toBe(before);

    const small = await evaluate({
      flow,
      data: { ...data, values: data.values.slice(0, 8), count: 4 },
      random,
    });
    expect(small.logProb.every(Number.isFinite)).toBe(true);
    const { x } = await flow.sample(4, { random });
    expect((await x.data()).every(Number.isFinite)).toBe(true);
    dispose(x);
  });
});
