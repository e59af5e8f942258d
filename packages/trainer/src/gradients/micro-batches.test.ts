import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { exactLogDet, powerSeries } from "@invertible/log-det";
import { createRandom, dispose, memory, peakBytes, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { convResNet } from "../../test-support/gradient-flows.ts";
import { bitsOf, smallFlow, twoGaussians } from "../../test-support/flows.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { adam } from "../optimizers/adam.ts";
import { train } from "../loop/train.ts";
import type { TrainOptions } from "../loop/train-options.ts";
import type { StepEvent } from "../loop/training-event.ts";
import { backwards } from "./backward.ts";
import { microBatches } from "./micro-batches.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const keep = (flow: Flow): Flow => {
  flows.push(flow);
  return flow;
};

const random = createRandom(5);

async function stepsOf(options: TrainOptions): Promise<StepEvent[]> {
  const steps: StepEvent[] = [];
  for await (const event of train(options)) if (event.kind === "step") steps.push(event);
  return steps;
}

describe("micro-batches", () => {
  it("are the rows of the batch in order, each with its condition and with a key of its own", async () => {
    const batch = tensor([0, 1, 2, 3, 4, 5], [6, 1]);
    const condition = tensor([10, 11, 12, 13, 14, 15], [6, 1]);
    const before = memory().numTensors;
    const [rows, conditions, firstRows, drawn]: [number[][], number[][], number[], number[]] = [
      [],
      [],
      [],
      [],
    ];
    for (const part of microBatches({ batch, call: { random, condition, training: true } }, 2)) {
      rows.push([...(await part.batch.data())]);
      conditions.push([...(await part.call.condition!.data())]);
      firstRows.push(part.firstRow);
      drawn.push(part.call.random!.uniformArray(1)[0]!);
      expect(part.call.training).toBe(true);
    }
    expect(rows).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(conditions).toEqual([
      [10, 11],
      [12, 13],
      [14, 15],
    ]);
    expect(firstRows).toEqual([0, 2, 4]);
    expect(new Set(drawn).size).toBe(3);
    expect(memory().numTensors).toBe(before);
    dispose([batch, condition]);
  });

  it("share a condition of one row, and a batch that is not larger is its only part", () => {
    const [batch, condition] = [tensor([0, 1, 2, 3], [4, 1]), tensor([7], [1, 1])];
    for (const { call } of microBatches({ batch, call: { condition } }, 2))
      expect(call.condition).toBe(condition);
    for (const size of [4, 5]) {
      const call = { random };
      expect([...microBatches({ batch, call }, size)]).toEqual([{ batch, call, firstRow: 0 }]);
    }
    dispose([batch, condition]);
  });

  it("are freed where the loop is left", () => {
    const batch = tensor([0, 1, 2, 3], [4, 1]);
    const before = memory().numTensors;
    for (const part of microBatches({ batch, call: {} }, 1)) {
      expect(part.firstRow).toBe(0);
      break;
    }
    expect(memory().numTensors).toBe(before);
    dispose(batch);
  });
});

describe("train with micro-batches", () => {
  const usual = (flow: Flow): TrainOptions => ({
    flow,
    data: twoGaussians(500, 11),
    batchSize: 24,
    steps: 5,
    clipNorm: 1,
    optimizer: adam({ learningRate: 1e-2 }),
    random,
  });

  // The sums are added up in another order, in float32, and Adam divides by the size of small gradients.
  it.each(backwards)("makes the steps of whole batches where nothing is drawn (%s)", async (backward) => {
    const inputShape = [4, 4, 2];
    const count = 32;
    const data = { values: createRandom(1).normalArray(count * 32), shape: inputShape, count };
    const losses: number[][] = [];
    for (const microBatchSize of [8, 4, 1]) {
      const { flow } = convResNet({ blocks: 2, inputShape, hidden: 4, logDet: exactLogDet() });
      keep(flow);
      const options = { ...usual(flow), data, batchSize: 8, steps: 3, backward, microBatchSize };
      const steps = await stepsOf(options);
      losses.push(
        steps.flatMap(({ terms, gradientNorm }) => [terms.logDet, terms.baseLogProb, gradientNorm]),
      );
    }
    for (const received of losses.slice(1))
      received.forEach((value, i) =>
        expect(Math.abs(value / losses[0]![i]! - 1), `number ${i}`).toBeLessThan(1e-4),
      );
  });

  it("needs less memory for smaller micro-batches", async () => {
    const inputShape = [8, 8, 2];
    const data = { values: createRandom(1).normalArray(64 * 128), shape: inputShape, count: 64 };
    const peakOf = async (microBatchSize: number) => {
      const { flow } = convResNet({ blocks: 3, inputShape, hidden: 16, logDet: powerSeries({ terms: 5 }) });
      keep(flow);
      const options = { ...usual(flow), data, batchSize: 64, initialExamples: 0, microBatchSize };
      await flow.refresh({ iterations: 1 });
      const events = train(options);
      await events.next();
      const { peakBytes: peak } = await peakBytes(() => events.next());
      await events.return();
      return peak;
    };
    // Activations of an eighth of the examples, beside parameters and the batch itself.
    expect((await peakOf(8)) / (await peakOf(64))).toBeLessThan(0.2);
  });

  it("gives the same bits after a resume, and resumes with the same micro-batches only", async () => {
    const straight = keep(smallFlow());
    await stepsOf({ ...usual(straight), microBatchSize: 6 });
    const store = memoryCheckpointStore();
    await stepsOf({ ...usual(keep(smallFlow())), microBatchSize: 6, steps: 2, checkpoint: { store } });
    const resumed = keep(smallFlow());
    const rest = { ...usual(resumed), checkpoint: { store }, resume: "required" } as const;
    await expect(stepsOf({ ...rest, microBatchSize: 8 })).rejects.toThrow(/microBatchSize/);
    await expect(stepsOf(rest)).rejects.toThrow(/microBatchSize/);
    await stepsOf({ ...rest, microBatchSize: 6 });
    expect(await bitsOf(resumed)).toEqual(await bitsOf(straight));
  });

  it.each([
    [5, /train\.microBatchSize: expected a divisor of the batchSize 24, received 5/],
    [48, /train\.microBatchSize: expected a divisor of the batchSize 24, received 48/],
    [0, /train\.microBatchSize: expected a positive integer, received 0/],
    [NaN, /train\.microBatchSize: expected a positive integer, received NaN/],
  ])("refuses a size of %f", (microBatchSize, message) => {
    expect(() => train({ ...usual(keep(smallFlow())), microBatchSize })).toThrow(message);
  });
});
