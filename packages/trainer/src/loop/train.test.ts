import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createRandom,
  dispose,
  log,
  memory,
  mul,
  ones,
  sub,
  sum,
  tensor,
  tidy,
  variable,
} from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { defineBijection } from "@invertible/bijection";
import { createFlow, disposeFlow, standardNormal } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { adam } from "../optimizers/adam.ts";
import { adamax } from "../optimizers/adamax.ts";
import { sgd } from "../optimizers/sgd.ts";
import { backwards } from "../gradients/backward.ts";
import { evaluate } from "../measurements/evaluate.ts";
import { bitsOf, smallFlow, twoGaussians, twoGaussiansEntropy } from "../../test-support/flows.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";
import type { StepEvent, TrainingEvent } from "./training-event.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const newFlow = (): Flow => {
  const flow = smallFlow();
  flows.push(flow);
  return flow;
};

/** Stands for what `tf.train.adam` makes. */
class AdamOptimizer {
  readonly learningRate = 0.01;
  applyGradients(): void {}
}

const data = twoGaussians(500, 11);
const usual = (flow: Flow) =>
  ({
    flow,
    data,
    batchSize: 64,
    steps: 12,
    optimizer: adam({ learningRate: 1e-2 }),
    random: createRandom(5),
  }) satisfies TrainOptions;

async function collect(options: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}
const stepsOf = (events: TrainingEvent[]) =>
  events.filter((event): event is StepEvent => event.kind === "step");

describe("train", () => {
  it("lowers the negative log-likelihood of two Gaussians to within 0.05 nats of their entropy", async () => {
    const flow = newFlow();
    await collect({
      ...usual(flow),
      data: twoGaussians(5000, 1),
      batchSize: 256,
      steps: 600,
      reportEvery: 50,
      schedule: (step) => Math.min(1, 2 - step / 300.1),
    });
    const { meanNll, standardError } = await evaluate({
      flow,
      data: twoGaussians(5000, 2),
      random: createRandom(0),
    });
    expect(meanNll).toBeLessThan(twoGaussiansEntropy + 0.05);
    // No model is better than the data's own density.
    expect(meanNll).toBeGreaterThan(twoGaussiansEntropy - 4 * standardError);

    // The density integrates to 1 over a square that holds all of it. The midpoint rule has cells of 0.04.
    const side = 400;
    const cell = 16 / side;
    const values = new Float32Array(side * side * 2);
    for (let i = 0; i < side * side; i++) {
      values[2 * i] = -8 + cell * ((i % side) + 0.5);
      values[2 * i + 1] = -8 + cell * (Math.floor(i / side) + 0.5);
    }
    const grid = await evaluate({
      flow,
      data: { values, shape: [2], count: side * side },
      random: createRandom(0),
      batchSize: 8000,
    });
    const mass = grid.logProb.reduce((total, value) => total + Math.exp(value), 0) * cell ** 2;
    expect(Math.abs(mass - 1)).toBeLessThan(0.01);
  });

  it("reports what it did, in order", async () => {
    const events = await collect(usual(newFlow()));
    expect(events.map((event) => event.kind)).toEqual(["initialised", ...Array(12).fill("step"), "end"]);
    expect(events[0]).toMatchObject({ step: 0, source: "data", examples: 500 });
    expect(events.at(-1)).toEqual({ kind: "end", step: 12, reason: "finished" });
    for (const event of stepsOf(events)) {
      expect(event.steps).toBe(1);
      expect(event.epochs).toBeCloseTo((event.step * 64) / 500, 12);
      expect(event.loss).toBeCloseTo(-(event.terms.logDet + event.terms.baseLogProb), 10);
      expect(event.gradientNorm).toBeGreaterThan(0);
      expect(event.milliseconds).toBeGreaterThan(0);
    }
  });

  it("reports the loss of the model before the update", async () => {
    const [trained, fresh] = [newFlow(), newFlow()];
    const first = stepsOf(await collect({ ...usual(trained), batchSize: 500, steps: 1 }))[0]!;
    // Initialises without making a step, by aborting after the first event.
    for await (const event of train({ ...usual(fresh), batchSize: 500 }))
      if (event.kind === "initialised") break;
    const { meanNll } = await evaluate({ flow: fresh, data, random: createRandom(0) });
    expect(first.loss).toBeCloseTo(meanNll, 5);
  });

  it("makes the same steps whatever is read back and when, and reports averages", async () => {
    const [each, fourth] = [newFlow(), newFlow()];
    const all = stepsOf(await collect(usual(each)));
    const some = stepsOf(await collect({ ...usual(fourth), reportEvery: 5 }));
    expect(await bitsOf(fourth)).toEqual(await bitsOf(each));
    expect(some.map(({ step, steps }) => [step, steps])).toEqual([
      [5, 5],
      [10, 5],
      [12, 2],
    ]);
    const mean = all.slice(5, 10).reduce((total, event) => total + event.loss, 0) / 5;
    expect(some[1]!.loss).toBeCloseTo(mean, 5);
  });

  it("makes the same steps for the same key, and others for another key", async () => {
    const [a, b, c] = [newFlow(), newFlow(), newFlow()];
    await collect(usual(a));
    await collect(usual(b));
    await collect({ ...usual(c), random: createRandom(6) });
    expect(await bitsOf(b)).toEqual(await bitsOf(a));
    expect(await bitsOf(c)).not.toEqual(await bitsOf(a));
  });

  it("gives every step its number, its own noise, and the examples of the documented order", async () => {
    const random = createRandom(5);
    const seen: { key: string; training: boolean; first: number[] }[] = [];
    const numbers: number[] = [];
    const counting = {
      ...adam(),
      scalars: (step: number, rate: number) => (numbers.push(step), adam().scalars(step, rate)),
    };
    const scale = tidy(() => variable(ones([2])));
    const spy = defineBijection({
      name: "spy",
      inputShape: [2],
      outputShape: [2],
      parameters: { scale },
      config: {},
      forward(x, { random: own, training }) {
        seen.push({ key: own.key.join(), training, first: [...(x.dataSync() as Float32Array)].slice(0, 2) });
        return { y: mul(x, scale), logDet: () => mul(ones([x.shape[0]!]), sum(log(scale))) };
      },
      inverse: () => {
        throw new Error("not needed");
      },
    });
    const flow = createFlow({ bijection: spy, base: standardNormal({ shape: [2] }) });
    flows.push(flow);
    await collect({ ...usual(flow), random, steps: 9, optimizer: counting });
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const passes = [0, 1, 2].flatMap((pass) => [...random.fold("order").fold(pass).permutation(500)]);
    numbers.forEach((step, i) => {
      const example = passes[i * 64]!;
      expect(seen[i]).toEqual({
        key: random.fold("step").fold(step).fold("bijection").key.join(),
        training: true,
        first: [...data.values.slice(2 * example, 2 * example + 2)],
      });
    });
  });

  it("warms up linearly, then follows the schedule", async () => {
    const events = await collect({
      ...usual(newFlow()),
      warmupSteps: 4,
      schedule: (step) => (step > 8 ? 0.5 : 1),
    });
    const rates = stepsOf(events).map((event) => event.learningRate / 1e-2);
    expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]);
  });

  it("clips the gradient to a norm over all parameters", async () => {
    // Plain gradient descent shows the gradient's length in the parameters' change.
    const descent: Optimizer = {
      name: "descent",
      learningRate: 1,
      config: {},
      slots: [],
      scalars: () => ({}),
      update: ({ parameters, gradient }) => ({ parameters: sub(parameters, gradient), slots: [] }),
    };
    const change = async (clipNorm: number | undefined) => {
      const flow = newFlow();
      const before: Record<string, number[]> = {};
      let norm = 0;
      for await (const event of train({ ...usual(flow), steps: 1, optimizer: descent, clipNorm })) {
        if (event.kind === "initialised")
          for (const [name, v] of Object.entries(flow.parameters)) before[name] = [...(await v.data())];
        if (event.kind === "step") norm = event.gradientNorm;
      }
      let squares = 0;
      for (const [name, v] of Object.entries(flow.parameters))
        (await v.data()).forEach((value, i) => (squares += (value - before[name]![i]!) ** 2));
      return { norm, length: Math.sqrt(squares) };
    };
    const free = await change(undefined);
    expect(free.length).toBeCloseTo(free.norm, 4);
    const clipped = await change(free.norm / 3);
    expect(clipped.norm).toBeCloseTo(free.norm, 5);
    expect(clipped.length).toBeCloseTo(free.norm / 3, 4);
    expect((await change(free.norm * 3)).length).toBeCloseTo(free.norm, 4);
  });

  it.each([adamax({ learningRate: 2e-2 }), sgd({ learningRate: 1e-2, momentum: 0.9, nesterov: true })])(
    "trains with $name and slots $slots",
    async (optimizer) => {
      const flow = newFlow();
      const events = stepsOf(await collect({ ...usual(flow), steps: 300, clipNorm: 1, optimizer }));
      expect(events.at(-1)!.loss).toBeLessThan(events[0]!.loss - 0.3);
    },
  );

  it("goes on from where it is when initialExamples is 0", async () => {
    const flow = newFlow();
    await collect(usual(flow));
    const before = await bitsOf(flow);
    for await (const event of train({ ...usual(flow), initialExamples: 0 })) {
      expect(event).toMatchObject({ kind: "initialised", source: "model", examples: 0 });
      break;
    }
    expect(await bitsOf(flow)).toEqual(before);
  });

  it("sees parameters that the caller sets between steps", async () => {
    const flow = newFlow();
    const name =
      "base.mean" in flow.parameters
        ? "base.mean"
        : Object.keys(flow.parameters).find((key) => key.startsWith("base."))!;
    const seen: number[] = [];
    for await (const event of train({ ...usual(flow), steps: 3 })) {
      if (event.kind !== "step") continue;
      seen.push((await flow.parameters[name]!.data())[0]!);
      if (event.step === 1) {
        const far = tensor([7, 7]);
        flow.parameters[name]!.assign(far);
        dispose(far);
      }
    }
    expect(Math.abs(seen[1]! - 7)).toBeLessThan(0.1);
    expect(Math.abs(seen[2]! - 7)).toBeLessThan(0.1);
  });
});

describe("train: memory", () => {
  it.each(backwards)(
    "holds the same number of tensors from the first step to the last, and none afterwards (%s)",
    async (backward) => {
      const flow = newFlow();
      const before = memory().numTensors;
      const counts: number[] = [];
      for await (const event of train({ ...usual(flow), steps: 40, reportEvery: 1, backward }))
        if (event.kind === "step") counts.push(memory().numTensors);
      expect(new Set(counts.slice(9)).size).toBe(1);
      // Two slots and the flat parameters.
      expect(counts[20]! - before).toBe(3);
      expect(memory().numTensors).toBe(before);
    },
  );

  it("frees everything when the consumer breaks, throws, or never starts", async () => {
    const flow = newFlow();
    const before = memory().numTensors;
    for await (const event of train(usual(flow))) if (event.kind === "step" && event.step === 3) break;
    expect(memory().numTensors).toBe(before);
    await expect(async () => {
      for await (const event of train(usual(flow))) if (event.kind === "step") throw new Error("enough");
    }).rejects.toThrow("enough");
    expect(memory().numTensors).toBe(before);
    train(usual(flow));
    expect(memory().numTensors).toBe(before);
  });
});

describe("train: options", () => {
  const flow = () => usual(newFlow());
  it.each<[string, () => TrainOptions, RegExp]>([
    [
      "no examples",
      () => ({ ...flow(), data: { values: new Float32Array(0), shape: [2], count: 0 } }),
      /train\.data: expected at least one example/,
    ],
    [
      "an array that is too short",
      () => ({ ...flow(), data: { ...data, count: 501 } }),
      /train\.data\.values: expected 1002 numbers/,
    ],
    [
      "examples of another shape",
      () => ({ ...flow(), data: { values: new Float32Array(9), shape: [3], count: 3 } }),
      /train\.data\.shape: expected \[2\] as the model takes, received \[3\]/,
    ],
    [
      "a batch larger than the data",
      () => ({ ...flow(), batchSize: 501 }),
      /train\.batchSize: expected at most the 500 examples there are, received 501/,
    ],
    [
      "a batch of zero",
      () => ({ ...flow(), batchSize: 0 }),
      /train\.batchSize: expected a positive integer, received 0/,
    ],
    ["half a step", () => ({ ...flow(), steps: 0.5 }), /train\.steps: expected a positive integer/],
    [
      "a clip norm of 0",
      () => ({ ...flow(), clipNorm: 0 }),
      /train\.clipNorm: expected a number in \(0, Infinity\)/,
    ],
    [
      "negative warm-up",
      () => ({ ...flow(), warmupSteps: -1 }),
      /train\.warmupSteps: expected an integer, at least 0/,
    ],
    [
      "an unknown backward pass",
      () => ({ ...flow(), backward: "both" as never }),
      /train\.backward: expected "whole", "checkpointed" or "reversible", received "both"/,
    ],
    ["a report every 0 steps", () => ({ ...flow(), reportEvery: 0 }), /train\.reportEvery/],
    [
      "resuming from nowhere",
      () => ({ ...flow(), resume: "required" as const }),
      /train\.checkpoint: expected a store to resume from, received "none"/,
    ],
    [
      "a misspelt option",
      () => ({ ...flow(), batchsize: 3 }) as never,
      /^train: expected options among .*, received "batchsize"; did you mean "batchSize"\?/,
    ],
    ["no options", () => undefined as never, /^train: expected an object \{ flow\?, objective\?, data, /],
    [
      "a bijection in place of the flow",
      () => ({ ...flow(), flow: flow().flow.bijection }) as never,
      /^train\.flow: expected a flow made by createFlow, received/,
    ],
    [
      "an optimiser of TensorFlow.js",
      () => ({ ...flow(), optimizer: new AdamOptimizer() }) as never,
      /^train\.optimizer: expected an optimiser such as adam\(.*\), received an object of class AdamOptimizer/,
    ],
    [
      "the function that makes an optimiser",
      () => ({ ...flow(), optimizer: adam }) as never,
      /^train\.optimizer: expected an optimiser such as .*, received a function/,
    ],
    [
      "a seed in place of a key",
      () => ({ ...flow(), random: 3 }) as never,
      /^train\.random: expected a random key/,
    ],
    [
      "an array in place of the data",
      () => ({ ...flow(), data: [[1, 2]] }) as never,
      /^train\.data: expected examples \{ values, shape, count \}, received \[\[1,2\]\]/,
    ],
  ])("rejects %s at once", (_, options, message) => {
    expect(() => train(options())).toThrow(message);
  });

  it("rejects a schedule that gives NaN, and leaves nothing behind", async () => {
    const options = flow();
    const before = memory().numTensors;
    await expect(collect({ ...options, schedule: (step) => (step === 3 ? NaN : 1) })).rejects.toThrow(
      "train.schedule(3): expected a finite number, at least 0, received NaN",
    );
    expect(memory().numTensors).toBe(before);
  });

  it("trains with batches of one example, and with one batch of all", async () => {
    for (const batchSize of [1, 500])
      expect(stepsOf(await collect({ ...flow(), batchSize, steps: 3 }))).toHaveLength(3);
  });

  it("takes bytes as they are", async () => {
    const values = Uint8Array.from({ length: 200 }, (_, i) => (i * 97) % 256);
    const bytes = { values, shape: [2], count: 100 };
    const [a, b] = [newFlow(), newFlow()];
    await collect({ ...usual(a), data: bytes });
    await collect({ ...usual(b), data: { ...bytes, values: Float32Array.from(values) } });
    expect(await bitsOf(a)).toEqual(await bitsOf(b));
  });
});
