import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { chain } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch, residualBlock } from "@invertible/residual";
import { adam } from "../optimizers/adam.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { evaluate } from "../measurements/evaluate.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { bitsOf } from "../../test-support/flows.ts";
import { measureReconstruction } from "../measurements/measure-reconstruction.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";
import type { TrainingEvent } from "./training-event.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

const random = createRandom(8);

function newFlow(): Flow {
  const block = (key: string) =>
    residualBlock({
      branch: denseBranch({
        features: 2,
        hidden: [16],
        activation: "lipSwish",
        coefficient: 0.95,
        preactivation: false,
        conditionFeatures: 2,
        random: random.fold(key),
      }),
      logDet: exactLogDet(),
    });
  const scale = () => actNorm({ inputShape: [2] });
  const bijection = chain([scale(), block("a"), scale(), block("b"), scale()]);
  const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
  flows.push(flow);
  return flow;
}

const count = 400;
const spread = 0.3;

/** x = 2 c + spread e with normal c and e. */
function followers(): ExampleSet & { readonly condition: { values: Float32Array; shape: number[] } } {
  const conditions = random.fold("condition").normalArray(2 * count);
  const noise = random.fold("noise").normalArray(2 * count);
  const values = noise.map((e, i) => 2 * conditions[i]! + spread * e);
  return { values, shape: [2], count, condition: { values: conditions, shape: [2] } };
}

/** The entropy of x, in nats, where the condition is not known: a flow that does not see it cannot do better. */
const unconditionalEntropy = Math.log(2 * Math.PI * Math.E) + Math.log(4 + spread ** 2);

const usual = (flow: Flow, data: ExampleSet = followers()): TrainOptions => ({
  flow,
  data,
  batchSize: 64,
  steps: 6,
  optimizer: adam({ learningRate: 1e-2 }),
  random: random.fold("train"),
});

async function collect(options: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

describe("conditions beside the examples", () => {
  it("reach the layers example by example, in training, evaluation and reconstruction", async () => {
    const flow = newFlow();
    const data = followers();
    const before = memory().numTensors;
    await collect({ ...usual(flow, data), steps: 150, finalRefresh: { tolerance: 1e-5 } });
    await flow.enforce();
    const { logProb, meanNll } = await evaluate({ flow, data, random, batchSize: 150 });
    expect(meanNll).toBeLessThan(unconditionalEntropy - 2);

    // The conditions are moved by one row, so every example has that of another.
    const { values } = data.condition;
    const moved = Float32Array.from(values, (_, i) => values[(i + 2) % values.length]!);
    const misled = { ...data, condition: { ...data.condition, values: moved } };
    expect((await evaluate({ flow, data: misled, random })).meanNll).toBeGreaterThan(unconditionalEntropy);
    // When batches are cut, every example gets its own row.
    const again = await evaluate({ flow, data, random, batchSize: 7 });
    logProb.forEach((value, i) => expect(again.logProb[i]).toBeCloseTo(value, 4));

    const { maxError } = await measureReconstruction({ flow, data, random, batchSize: 150 });
    expect(maxError).toBeLessThan(1e-4);
    expect(memory().numTensors).toBe(before);
  });

  it.each(["whole", "checkpointed", "reversible"] as const)(
    "are stored with a %s run, which resumes only with the same ones",
    async (backward) => {
      const data = followers();
      const straight = newFlow();
      await collect({ ...usual(straight, data), backward });

      const store = memoryCheckpointStore();
      await collect({ ...usual(newFlow(), data), backward, steps: 3, checkpoint: { store } });
      const resumed = newFlow();
      const again = { backward, checkpoint: { store }, resume: "required" } as const;
      await collect({ ...usual(resumed, data), ...again });
      expect(await bitsOf(resumed)).toEqual(await bitsOf(straight));

      const values = data.condition.values.slice();
      values[5]! += 1;
      const other = { ...data, condition: { ...data.condition, values } };
      await expect(collect({ ...usual(newFlow(), other), ...again })).rejects.toThrow(
        /train\.resume data\.condition\.sha256: expected/,
      );
      const { condition: _, ...without } = data;
      await expect(collect({ ...usual(newFlow(), without), ...again })).rejects.toThrow(
        /train\.resume data\.condition: expected .* received nothing/,
      );
    },
  );

  it("are asked for by the layer where there are none, and nothing leaks", async () => {
    const flow = newFlow();
    const { condition: _, ...without } = followers();
    const before = memory().numTensors;
    const missing =
      /residualBlock \(bijection\.1\)\.forward: call\.condition: expected a tensor \[B, 2\], received undefined/;
    await expect(collect({ ...usual(flow, without) })).rejects.toThrow(missing);
    await expect(collect({ ...usual(flow, without), initialExamples: 0 })).rejects.toThrow(missing);
    await expect(evaluate({ flow, data: without, random })).rejects.toThrow(missing);
    await expect(measureReconstruction({ flow, data: without, random })).rejects.toThrow(missing);
    expect(memory().numTensors).toBe(before);
  });

  it("are checked like the examples", async () => {
    const flow = newFlow();
    const data = followers();
    const { values } = data.condition;
    const before = memory().numTensors;
    const tooFew = { ...data, condition: { values: values.slice(2), shape: [2] } };
    expect(() => train(usual(flow, tooFew))).toThrow(
      "train.data.condition.values: expected 800 numbers (400 x [2]), received 798",
    );
    const wide = { ...data, condition: { values: new Float32Array(3 * count), shape: [3] } };
    await expect(collect(usual(flow, wide))).rejects.toThrow(/call\.condition: expected .*2\]/);
    const broken = values.slice();
    broken[2 * 17 + 1] = NaN;
    const bad = { ...data, condition: { ...data.condition, values: broken } };
    await expect(evaluate({ flow, data: bad, random })).rejects.toThrow(
      "evaluate: expected finite conditions, received NaN in example 17 (row 17 of the batch, element 1)",
    );
    expect(memory().numTensors).toBe(before);
  });
});
