import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain } from "@invertible/bijection";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { NonFiniteError } from "@invertible/errors";
import { createFlow, diagonalNormal, disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { batchNorm } from "@invertible/layers";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { bitsOf, twoGaussians } from "../../test-support/flows.ts";
import { backwards } from "../gradients/backward.ts";
import { adam } from "../optimizers/adam.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";
import type { TrainingEvent } from "./training-event.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

const random = createRandom(8);
const inputShape = [2];
const momentum = 0.8;

/** The first batch norm sees the data themselves, so its statistics are known. */
function newFlow(): Flow {
  const parts = [0, 1].flatMap((i) => [
    batchNorm({ inputShape, momentum }),
    affineCoupling({
      inputShape,
      passThrough: i === 0 ? "first" : "second",
      conditioner: denseConditioner({ hidden: [8], random: random.fold(i) }),
    }),
  ]);
  const flow = createFlow({ bijection: chain(parts), base: diagonalNormal({ shape: inputShape }) });
  flows.push(flow);
  return flow;
}

const count = 24;
const data = twoGaussians(count, 11);
const usual = (flow: Flow): TrainOptions => ({
  flow,
  data,
  batchSize: count,
  steps: 3,
  optimizer: adam({ learningRate: 1e-2 }),
  random,
});

async function collect(options: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

const stateOf = async (flow: Flow, name: string) => [...(await flow.state[`bijection.0.${name}`]!.data())];

/** Mean and biased variance of each feature, in float64. */
const statistics = [0, 1].map((feature) => {
  const own = [...data.values].filter((_, i) => i % 2 === feature);
  const mean = own.reduce((a, b) => a + b, 0) / count;
  return { mean, variance: own.reduce((a, b) => a + (b - mean) ** 2, 0) / count };
});

describe("training with batch norms", () => {
  // "checkpointed" evaluates every layer twice, and statistics must move once all the same.
  it.each(backwards)("moves running statistics once in a step (%s)", async (backward) => {
    const flow = newFlow();
    const before = memory().numTensors;
    await collect({ ...usual(flow), initialExamples: 0, backward });
    expect(memory().numTensors).toBe(before);
    const left = momentum ** 3;
    const [means, variances] = [await stateOf(flow, "runningMean"), await stateOf(flow, "runningVariance")];
    statistics.forEach(({ mean, variance }, feature) => {
      expect(means[feature]).toBeCloseTo((1 - left) * mean, 5);
      expect(variances[feature]).toBeCloseTo(left + (1 - left) * variance, 5);
    });
  });

  it("moves them once with micro-batches too, by the mean of theirs", async () => {
    const flow = newFlow();
    await collect({ ...usual(flow), steps: 1, initialExamples: 0, microBatchSize: 6 });
    const means = await stateOf(flow, "runningMean");
    const variances = await stateOf(flow, "runningVariance");
    statistics.forEach(({ mean, variance }, feature) => {
      expect(means[feature]).toBeCloseTo((1 - momentum) * mean, 5);
      // What the means of micro-batches vary is missing from their variances.
      expect(variances[feature]).toBeGreaterThan(momentum);
      expect(variances[feature]).toBeLessThan(momentum + (1 - momentum) * variance);
    });
  });

  it("starts from the statistics of the first examples, and both modes agree there", async () => {
    const flow = newFlow();
    const events = train(usual(flow));
    await events.next();
    const [means, variances] = [await stateOf(flow, "runningMean"), await stateOf(flow, "runningVariance")];
    statistics.forEach(({ mean, variance }, feature) => {
      expect(means[feature]).toBeCloseTo(mean, 5);
      expect(variances[feature]).toBeCloseTo(variance, 5);
    });
    await events.return();
  });

  it("resumes at the same bits", async () => {
    const straight = newFlow();
    await collect({ ...usual(straight), batchSize: 10, steps: 5 });
    const store = memoryCheckpointStore();
    await collect({ ...usual(newFlow()), batchSize: 10, steps: 2, checkpoint: { store } });
    const resumed = newFlow();
    const options = { ...usual(resumed), batchSize: 10, steps: 5 };
    await collect({ ...options, checkpoint: { store }, resume: "required" });
    expect(await bitsOf(resumed)).toEqual(await bitsOf(straight));
  });

  it.each([1, 4])(
    "puts statistics back that a step with a NaN has moved, reported every %i",
    async (every) => {
      const values = data.values.slice();
      values[5] = NaN;
      const [flow, untouched] = [newFlow(), newFlow()];
      const options = { ...usual(flow), data: { ...data, values }, initialExamples: 0, reportEvery: every };
      await expect(collect(options)).rejects.toThrow(NonFiniteError);
      expect(await bitsOf(flow)).toEqual(await bitsOf(untouched));
    },
  );

  it("refuses micro-batches of one example, from which no variance can be taken", async () => {
    const options = { ...usual(newFlow()), microBatchSize: 1 };
    await expect(collect(options)).rejects.toThrow(
      "batchNorm (bijection.0).forward x in training: expected at least two numbers for each channel, to take a variance from, received 1",
    );
  });
});
