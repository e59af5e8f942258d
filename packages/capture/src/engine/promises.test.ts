import { chain, defineBijection } from "@invertible/bijection";
import type { BijectionDefinition } from "@invertible/bijection";
import { NonFiniteError, UnsupportedError } from "@invertible/errors";
import { createFlow, diagonalNormal, disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { vectorGlow, vectorIResNet } from "@invertible/models";
import {
  add,
  createRandom,
  log,
  memory,
  mul,
  newVariable,
  ones,
  reshape,
  slice,
  step,
  sub,
  sum,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, eager, memoryCheckpointStore, parameterAverage, train } from "@invertible/trainer";
import type { CheckpointStore, ExampleSet, TrainOptions, TrainingEvent } from "@invertible/trainer";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { captureFunction, captured } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const keep = (flow: Flow): Flow => (flows.push(flow), flow);

const random = createRandom(5);
const newFlow = () => keep(vectorIResNet({ features: 2, blocks: 2, hidden: [8], random }));
const data: ExampleSet = { values: random.fold("data").normalArray(200), shape: [2], count: 100 };
const usual = (flow: Flow): TrainOptions => ({
  flow,
  data,
  // Passes over the data end in the middle of steps 4, 7 and 10.
  batchSize: 32,
  steps: 10,
  optimizer: adam({ learningRate: 1e-2, weightDecay: 0.01 }),
  random,
  warmupSteps: 4,
  clipNorm: 1,
  engine: captured(),
});

async function collect(options: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

/** The bits of everything that a flow holds. */
async function bitsOf({ parameters, state }: Flow): Promise<Record<string, readonly number[]>> {
  const named = Object.entries({ ...parameters, ...state });
  return Object.fromEntries(
    await Promise.all(named.map(async ([name, variable]) => [name, [...(await variable.data())]] as const)),
  );
}

const lossesOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.loss] : []));

describe("captured training", () => {
  it.each([1, 4, 9])("resumed after %i steps ends at the same bits as never stopping", async (stopped) => {
    const checkpoints: Uint8Array[] = [];
    const saving: CheckpointStore = {
      load: () => Promise.resolve(undefined),
      save: (bytes) => Promise.resolve(void checkpoints.push(bytes.slice())),
    };
    const whole = newFlow();
    const averaging = parameterAverage({ model: whole, decay: 0.8 });
    const events = await collect({ ...usual(whole), averaging, checkpoint: { store: saving, every: 1 } });
    const flow = newFlow();
    const again = parameterAverage({ model: flow, decay: 0.8 });
    const store = memoryCheckpointStore(checkpoints[stopped - 1]);
    const resumed = await collect({
      ...usual(flow),
      averaging: again,
      checkpoint: { store },
      resume: "required",
    });
    expect(lossesOf(resumed)).toEqual(lossesOf(events).slice(stopped));
    expect(await bitsOf(flow)).toEqual(await bitsOf(whole));
    expect(await again.vector!.data()).toEqual(await averaging.vector!.data());
    [averaging, again].forEach((average) => average.dispose());
  });

  it("resumes only with the same engine, runtime and threads", async () => {
    const store = memoryCheckpointStore();
    await collect({ ...usual(newFlow()), steps: 2, checkpoint: { store } });
    const resume = (engine: TrainOptions["engine"]) =>
      collect({ ...usual(newFlow()), engine, checkpoint: { store }, resume: "required" });
    await expect(resume(captured({ threads: 2 }))).rejects.toThrow(
      "train.resume settings.engine.threads: expected 1 as in the checkpoint, received 2",
    );
    await expect(resume(eager())).rejects.toThrow("train.resume settings.engine: expected {");
  });

  it("sets the variables before every event, whatever is reported, and follows a change from outside", async () => {
    const losses: number[][] = [];
    for (const engine of [eager(), captured()]) {
      const flow = newFlow();
      const seen: number[] = [];
      for await (const event of train({ ...usual(flow), engine, reportEvery: 2 })) {
        if (event.kind !== "step") continue;
        const probe = tidy(() => sum(flow.logProb(ones([1, 2]))));
        seen.push(event.loss, (await probe.data())[0]!);
        probe.dispose();
        if (event.step !== 4) continue;
        for (const variable of Object.values(flow.parameters))
          tidy(() => variable.assign(mul(variable, 0.5)));
        await flow.refresh({ iterations: 1 });
      }
      losses.push(seen);
    }
    losses[1]!.forEach((value, i) => expect(Math.abs(value - losses[0]![i]!)).toBeLessThan(2e-5));
  });

  it("reports the same numbers whether or not they are read at every step", async () => {
    const [often, rarely] = [newFlow(), newFlow()];
    await collect(usual(often));
    await collect({ ...usual(rarely), reportEvery: 5 });
    expect(await bitsOf(rarely)).toEqual(await bitsOf(often));
  });

  it("stops on an abort with a checkpoint, and leaves nothing behind after a break", async () => {
    const before = memory().numTensors;
    const controller = new AbortController();
    const store = memoryCheckpointStore();
    const flow = newFlow();
    const made = memory().numTensors;
    const seen: TrainingEvent[] = [];
    for await (const event of train({ ...usual(flow), checkpoint: { store }, signal: controller.signal })) {
      seen.push(event);
      if (event.kind === "step" && event.step === 3) controller.abort();
    }
    expect(seen.at(-1)).toEqual({ kind: "end", step: 3, reason: "aborted" });
    expect(await store.load()).toBeDefined();
    for await (const event of train(usual(flow))) if (event.kind === "step" && event.step === 2) break;
    expect(memory().numTensors).toBe(made);
    flows.splice(0).forEach(disposeFlow);
    expect(memory().numTensors).toBe(before);
  });

  it("records in turn where several begin at once", async () => {
    const alone = lossesOf(await collect(usual(newFlow())));
    const [one, two, three] = [newFlow(), newFlow(), newFlow()];
    const x = ones([4, 2]);
    const [first, second, logProb] = await Promise.all([
      collect(usual(one)),
      collect(usual(two)),
      captureFunction((points: Tensor) => three.logProb(points), [x]),
    ]);
    expect([first, second].map(lossesOf)).toEqual([alone, alone]);
    await logProb.dispose();
    x.dispose();
  });

  it.each([undefined, 4])(
    "takes conditions, and refreshes to a tolerance on the backend (microBatchSize %s)",
    async (microBatchSize) => {
      const conditional: ExampleSet = {
        ...data,
        condition: { values: random.fold("condition").normalArray(300), shape: [3] },
      };
      const losses: number[][] = [];
      for (const engine of [eager(), captured()]) {
        const flow = keep(
          vectorIResNet({ features: 2, blocks: 2, hidden: [8], conditionFeatures: 3, random }),
        );
        losses.push(
          lossesOf(
            await collect({
              ...usual(flow),
              data: conditional,
              engine,
              microBatchSize,
              refresh: { tolerance: 1e-4 },
            }),
          ),
        );
      }
      losses[1]!.forEach((loss, i) =>
        expect(Math.abs(loss - losses[0]![i]!)).toBeLessThan(1e-5 * Math.abs(loss)),
      );
    },
  );

  it.each([1, 5])(
    "locates a NaN by layer and example, as the eager engine does (reports every %i)",
    async (reportEvery) => {
      const count = 40;
      const values = random.fold("outlier").normalArray(2 * count);
      values[2 * 17] = 50;
      const failures: string[] = [];
      const ends: Record<string, readonly number[]>[] = [];
      for (const engine of [eager(), captured()]) {
        const scale = newVariable([2], () => mul(ones([2]), 1.5));
        const fragile = defineBijection({
          name: "fragile",
          inputShape: [2],
          outputShape: [2],
          parameters: { scale },
          config: {},
          forward(x) {
            const far = step(sub(slice(x, [0, 0], [x.shape[0]!, 1]), 5));
            return {
              y: add(mul(x, scale), log(sub(1, far))),
              logDet: () => mul(ones([x.shape[0]!]), sum(log(scale))),
            };
          },
          inverse: (y) => ({ x: y, logDet: () => reshape(sum(y, 1), [y.shape[0]!]) }),
        });
        const bijection = chain([actNorm({ inputShape: [2] }), fragile]);
        const flow = keep(createFlow({ bijection, base: diagonalNormal({ shape: [2] }) }));
        const before = memory().numTensors;
        const run = collect({
          ...usual(flow),
          data: { values, shape: [2], count },
          batchSize: 8,
          initialExamples: 0,
          engine,
          reportEvery,
        });
        const error: unknown = await run.catch((thrown: unknown) => thrown);
        expect(NonFiniteError.is(error)).toBe(true);
        failures.push((error as Error).message);
        ends.push(await bitsOf(flow));
        expect(memory().numTensors).toBe(before);
      }
      expect(failures[1]).toBe(failures[0]);
      expect(failures[0]).toMatch(/example 17.* of fragile \(bijection\.1\), forward/);
      for (const [name, numbers] of Object.entries(ends[0]!))
        numbers.forEach((value, i) => expect(Math.abs(value - ends[1]![name]![i]!)).toBeLessThan(1e-5));
    },
  );
});

describe("what cannot be captured", () => {
  const layer = (forward: BijectionDefinition["forward"]): Flow => {
    const scale = newVariable([2], () => ones([2]));
    const bijection = defineBijection({
      name: "odd",
      inputShape: [2],
      outputShape: [2],
      parameters: { scale },
      config: {},
      forward: (x, call) => {
        const { y, logDet } = forward(x, call);
        return { y: mul(y, scale), logDet };
      },
      inverse: (y) => ({ x: y, logDet: () => sum(y, 1) }),
    });
    return keep(createFlow({ bijection, base: diagonalNormal({ shape: [2] }) }));
  };
  const logDet = () => ones([32]);

  it.each<[string, () => Flow, RegExp]>([
    [
      "a layer that reads numbers back",
      () => layer((x) => ({ y: mul(x, x.dataSync()[0]! > 0 ? 1 : 2), logDet })),
      /captured: expected a task that reads no numbers back, received one that does in odd \(bijection\)/,
    ],
    [
      "a layer that draws numbers on the host",
      () => layer((x, { random: own }) => ({ y: mul(x, own.uniformArray(1)[0]!), logDet })),
      /captured: expected random numbers that are drawn as tensors, received a call of random.uniformArray in odd \(bijection\)/,
    ],
    [
      "a variable that is in neither list",
      () => {
        const hidden = newVariable([2], () => ones([2]));
        return layer((x) => ({ y: mul(x, hidden), logDet }));
      },
      /captured: expected variables that are parameters or state of the flow, received/,
    ],
  ])(
    "is refused at the first step, with the reason, and the flow is as before: %s",
    async (_, build, message) => {
      const flow = build();
      const [before, bits] = [memory().numTensors, await bitsOf(flow)];
      const run = collect({ ...usual(flow), initialExamples: 0 });
      await expect(run).rejects.toThrow(message);
      await expect(run).rejects.toSatisfy((error) => UnsupportedError.is(error));
      expect(memory().numTensors).toBe(before);
      expect(await bitsOf(flow)).toEqual(bits);
    },
  );

  it("is refused before anything is computed where inverses look at numbers", async () => {
    await expect(collect({ ...usual(newFlow()), backward: "reversible" })).rejects.toThrow(
      'captured: expected backward: "whole" or "checkpointed", received "reversible"',
    );
  });

  it("captures checkpointed gradients too", async () => {
    const losses: number[][] = [];
    for (const backward of ["whole", "checkpointed"] as const) {
      const flow = keep(vectorGlow({ features: 2, steps: 2, hidden: [8], random }));
      losses.push(lossesOf(await collect({ ...usual(flow), backward })));
    }
    losses[1]!.forEach((loss, i) =>
      expect(Math.abs(loss - losses[0]![i]!)).toBeLessThan(1e-5 * Math.abs(loss)),
    );
  });
});
