import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { FileFormatError } from "@invertible/errors";
import { decodeSafetensors, disposeFlow, encodeSafetensors } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { adam } from "../optimizers/adam.ts";
import { adamax } from "../optimizers/adamax.ts";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { bitsOf, smallFlow, twoGaussians } from "../../test-support/flows.ts";
import { signed } from "../../test-support/signed.ts";
import type { Augmentation } from "../data/augmentation.ts";
import { parameterAverage } from "../optimizers/parameter-average.ts";
import { cosineDecay } from "./schedule.ts";
import { train } from "./train.ts";
import type { TrainOptions } from "./train-options.ts";
import type { TrainingEvent } from "./training-event.ts";

beforeAll(() => startBackend("wasm"));

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));
const newFlow = (couplings = 4): Flow => {
  const flow = smallFlow({ couplings });
  flows.push(flow);
  return flow;
};

// 100 examples in batches of 32: passes end in the middle of steps 4, 7, 10, 13.
const data = twoGaussians(100, 11);
const usual = (flow: Flow): TrainOptions => ({
  flow,
  data,
  batchSize: 32,
  steps: 14,
  optimizer: adam({ learningRate: 1e-2, weightDecay: 0.01 }),
  random: createRandom(5),
  warmupSteps: 6,
  clipNorm: 1,
});

async function collect(options: TrainOptions): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of train(options)) events.push(event);
  return events;
}

/** A checkpoint after every step of an uninterrupted run, and where the run ended. */
async function uninterrupted(options: Partial<TrainOptions> = {}) {
  const checkpoints: Uint8Array[] = [];
  const store: CheckpointStore = {
    load: () => Promise.resolve(undefined),
    save: (bytes) => Promise.resolve(void checkpoints.push(bytes.slice())),
  };
  const flow = newFlow();
  const events = await collect({ ...usual(flow), ...options, checkpoint: { store, every: 1 } });
  return { checkpoints, end: await bitsOf(flow), events };
}

const losses = (events: TrainingEvent[]) =>
  events.flatMap((event) => (event.kind === "step" ? [event.loss] : []));

describe("resuming", () => {
  it.each([1, 3, 4, 5, 10, 13])("after %i steps ends at the same bits as never stopping", async (stopped) => {
    const { checkpoints, end, events } = await uninterrupted();
    const flow = newFlow();
    const store = memoryCheckpointStore(checkpoints[stopped - 1]);
    const resumed = await collect({ ...usual(flow), checkpoint: { store }, resume: "required" });
    expect(resumed[0]).toMatchObject({
      kind: "initialised",
      source: "checkpoint",
      step: stopped,
      examples: 0,
    });
    expect(losses(resumed)).toEqual(losses(events).slice(stopped));
    expect(await bitsOf(flow)).toEqual(end);
  });

  /** Moves every point by chance. */
  const jitter = (width: number): Augmentation => ({
    name: "jitter",
    config: { width },
    apply: ({ values }, random) => {
      const noise = random.uniformArray(values.length);
      return values.map((value, i) => value + width * noise[i]!);
    },
  });

  it("sees the augmented examples that it would have seen, and refuses another augmentation", async () => {
    const augment = [jitter(0.5)];
    const { checkpoints, end, events } = await uninterrupted({ augment });
    expect(losses(events)).not.toEqual(losses((await uninterrupted()).events));
    const store = memoryCheckpointStore(checkpoints[4]);
    const flow = newFlow();
    const resume = (augment: readonly Augmentation[]) =>
      collect({ ...usual(flow), augment, checkpoint: { store }, resume: "required" });
    await expect(resume([jitter(0.25)])).rejects.toThrow(/augment/);
    await expect(resume([])).rejects.toThrow(/augment/);
    expect(losses(await resume(augment))).toEqual(losses(events).slice(5));
    expect(await bitsOf(flow)).toEqual(end);
  });

  it.each(["checkpointed", "reversible"] as const)(
    "ends at the same bits where the backward pass is %s",
    async (backward) => {
      const { checkpoints, end } = await uninterrupted({ backward });
      const flow = newFlow();
      const store = memoryCheckpointStore(checkpoints[6]);
      await collect({ ...usual(flow), backward, checkpoint: { store }, resume: "required" });
      expect(await bitsOf(flow)).toEqual(end);
    },
  );

  it("goes on after an abort at any time, several times", async () => {
    const { end } = await uninterrupted();
    const store = memoryCheckpointStore();
    let flow: Flow;
    let ended: TrainingEvent | undefined;
    do {
      flow = newFlow();
      const controller = new AbortController();
      let made = 0;
      for await (const event of train({
        ...usual(flow),
        checkpoint: { store },
        resume: "if-present",
        signal: controller.signal,
      })) {
        if (event.kind === "step" && ++made === 4) controller.abort();
        ended = event;
      }
    } while (ended?.kind === "end" && ended.reason === "aborted");
    expect(ended).toEqual({ kind: "end", step: 14, reason: "finished" });
    expect(await bitsOf(flow)).toEqual(end);
  });

  it("restores the parameter average too", async () => {
    const average = async (interruptAt: number | undefined) => {
      const store = memoryCheckpointStore();
      for (const steps of interruptAt === undefined ? [14] : [interruptAt, 14]) {
        const flow = newFlow();
        const averaging = parameterAverage({ model: flow, decay: 0.8 });
        await collect({ ...usual(flow), steps, averaging, checkpoint: { store }, resume: "if-present" });
        if (steps === 14) {
          const values = [...(await averaging.vector!.data())];
          averaging.dispose();
          return values;
        }
        averaging.dispose();
      }
      throw new Error("unreachable");
    };
    expect(await average(5)).toEqual(await average(undefined));
  });

  it("goes on to more steps than were asked for at first", async () => {
    const { end } = await uninterrupted();
    const store = memoryCheckpointStore();
    await collect({ ...usual(newFlow()), steps: 6, checkpoint: { store } });
    const flow = newFlow();
    await collect({ ...usual(flow), checkpoint: { store }, resume: "required" });
    expect(await bitsOf(flow)).toEqual(end);
  });

  it("has nothing to do at the last step", async () => {
    const { checkpoints, end } = await uninterrupted();
    const flow = newFlow();
    const events = await collect({
      ...usual(flow),
      checkpoint: { store: memoryCheckpointStore(checkpoints.at(-1)) },
      resume: "required",
    });
    expect(events.map((event) => event.kind)).toEqual(["initialised", "end"]);
    expect(await bitsOf(flow)).toEqual(end);
  });

  it("starts over without a checkpoint if allowed to, and refuses otherwise", async () => {
    const options = { ...usual(newFlow()), checkpoint: { store: memoryCheckpointStore() } };
    expect((await collect({ ...options, resume: "if-present" }))[0]).toMatchObject({ source: "data" });
    const empty = { store: memoryCheckpointStore() };
    await expect(collect({ ...options, checkpoint: empty, resume: "required" })).rejects.toThrow(
      'train.resume: expected a checkpoint in the store, received "none"',
    );
  });
});

describe("checkpoints", () => {
  it("are saved when due and at the end, once each", async () => {
    const store = memoryCheckpointStore();
    const events = await collect({ ...usual(newFlow()), checkpoint: { store, every: 7 }, reportEvery: 5 });
    expect(events.map((event) => `${event.kind} ${event.step}`)).toEqual([
      "initialised 0",
      "step 5",
      "step 7",
      "checkpoint 7",
      "step 10",
      "step 14",
      "checkpoint 14",
      "end 14",
    ]);
    const saved = events.find((event) => event.kind === "checkpoint")!;
    expect(saved.bytes).toBe((await store.load())!.length);
  });

  it("are saved when aborted, after the step in progress", async () => {
    const store = memoryCheckpointStore();
    const controller = new AbortController();
    const kinds: string[] = [];
    for await (const event of train({
      ...usual(newFlow()),
      steps: 100,
      reportEvery: 50,
      checkpoint: { store },
      signal: controller.signal,
    })) {
      kinds.push(`${event.kind} ${event.step}`);
      if (event.kind === "initialised") setTimeout(() => controller.abort(), 40);
    }
    const [step, checkpoint, end] = kinds.slice(-3);
    const last = step!.split(" ")[1];
    expect([step, checkpoint, end]).toEqual([`step ${last}`, `checkpoint ${last}`, `end ${last}`]);
    // A timer fired, so training lets the event loop run. It did not wait for the report at step 50.
    expect(Number(last) % 50).toBeGreaterThan(0);
  });

  it("are not saved, and nothing is trained, where the signal was aborted before", async () => {
    const events = await collect({ ...usual(newFlow()), signal: AbortSignal.abort() });
    expect(events.map((event) => event.kind)).toEqual(["initialised", "end"]);
    expect(events.at(-1)).toEqual({ kind: "end", step: 0, reason: "aborted" });
  });

  it("leak nothing, saved or restored or refused", async () => {
    const flow = newFlow();
    const before = memory().numTensors;
    const store = memoryCheckpointStore();
    await collect({ ...usual(flow), steps: 3, checkpoint: { store, every: 1 } });
    await collect({ ...usual(flow), checkpoint: { store }, resume: "required" });
    await expect(
      collect({ ...usual(flow), batchSize: 31, checkpoint: { store }, resume: "required" }),
    ).rejects.toThrow();
    expect(memory().numTensors).toBe(before);
  });

  it("stop training when they cannot be saved", async () => {
    const store = { ...memoryCheckpointStore(), save: () => Promise.reject(new Error("disk full")) };
    const flow = newFlow();
    const before = memory().numTensors;
    await expect(collect({ ...usual(flow), checkpoint: { store, every: 2 } })).rejects.toThrow("disk full");
    expect(memory().numTensors).toBe(before);
  });
});

describe("a checkpoint of another run", () => {
  const other = twoGaussians(100, 12);
  it.each<[string, Partial<TrainOptions>, RegExp]>([
    ["values", { data: other }, /train\.resume data\.sha256: expected ".*" as in the checkpoint, received "/],
    [
      "number of examples",
      { data: { ...data, values: data.values.slice(0, 180), count: 90 } },
      /data\.count: expected 100 as in the checkpoint, received 90/,
    ],
    ["key", { random: createRandom(6) }, /random\.0: expected 5 as in the checkpoint, received 6/],
    ["batch size", { batchSize: 31 }, /settings\.batchSize: expected 32 as in the checkpoint, received 31/],
    [
      "optimiser",
      { optimizer: adamax({ learningRate: 1e-2 }) },
      /settings\.optimizer\.name: expected "adam" as in the checkpoint, received "adamax"/,
    ],
    [
      "learning rate",
      { optimizer: adam({ learningRate: 1e-3, weightDecay: 0.01 }) },
      /settings\.optimizer\.learningRate: expected 0\.01 as in the checkpoint, received 0\.001/,
    ],
    [
      "clip norm",
      { clipNorm: undefined },
      /settings\.clipNorm: expected 1 as in the checkpoint, received null/,
    ],
    [
      "backward pass",
      { backward: "checkpointed" },
      /settings\.backward: expected "whole" as in the checkpoint, received "checkpointed"/,
    ],
    [
      "final refresh",
      { finalRefresh: { tolerance: 1e-4 } },
      /settings\.finalRefresh\.tolerance: expected 0\.001 as in the checkpoint, received 0\.0001/,
    ],
    [
      "schedule",
      { schedule: () => 1 },
      /settings\.schedule: expected "none" as in the checkpoint, received "a function"/,
    ],
    ["fewer steps", { steps: 2 }, /train\.steps: expected at least 3, the checkpoint's step, received 2/],
  ])("is refused for another %s, and the flow stays as it is", async (_, change, message) => {
    const store = memoryCheckpointStore();
    await collect({ ...usual(newFlow()), steps: 3, checkpoint: { store } });
    const flow = newFlow();
    const before = await bitsOf(flow);
    const options = { ...usual(flow), ...change, checkpoint: { store }, resume: "required" as const };
    await expect(collect(options)).rejects.toThrow(message);
    expect(await bitsOf(flow)).toEqual(before);
  });

  it("is refused for another schedule of the same kind", async () => {
    const store = memoryCheckpointStore();
    const options = { ...usual(newFlow()), checkpoint: { store }, resume: "if-present" as const };
    await collect({ ...options, steps: 3, schedule: cosineDecay({ steps: 14 }) });
    await expect(collect({ ...options, schedule: cosineDecay({ steps: 20 }) })).rejects.toThrow(
      "train.resume settings.schedule.steps: expected 14 as in the checkpoint, received 20",
    );
  });

  it("is refused for another architecture, naming the part", async () => {
    const store = memoryCheckpointStore();
    await collect({ ...usual(newFlow()), steps: 3, checkpoint: { store } });
    const options = { ...usual(newFlow(3)), checkpoint: { store }, resume: "required" as const };
    await expect(collect(options)).rejects.toThrow(
      /train\.resume architecture\.bijection\.config\.parts\.4: expected .*smallCoupling.* received nothing/,
    );
  });

  describe("or damaged", () => {
    const whole = async () => {
      const store = memoryCheckpointStore();
      await collect({ ...usual(newFlow()), steps: 1, checkpoint: { store } });
      return (await store.load())!;
    };
    const resume = (bytes: Uint8Array) =>
      collect({
        ...usual(newFlow()),
        checkpoint: { store: memoryCheckpointStore(bytes) },
        resume: "required",
      });

    it.each([0, 7, 100, 0.5, 0.99])("is refused when cut off at %d", async (at) => {
      const bytes = await whole();
      const cut = bytes.slice(0, at < 1 ? Math.floor(bytes.length * at) : at);
      await expect(resume(cut)).rejects.toSatisfy(FileFormatError.is);
    });

    it.each<[string, (metadata: Map<string, string>) => void, RegExp]>([
      [
        "is not one of ours",
        (m) => m.set("format", "pt"),
        /format: expected "invertible-checkpoint", received "pt"/,
      ],
      [
        "comes from another version",
        (m) => m.set("formatVersion", "2"),
        /formatVersion: expected "3" \(a run begun by another version .*\), received "2"/,
      ],
      ["has no step", (m) => m.delete("step"), /expected metadata "step", received none/],
      ...["-1", "", "1e3", "0x10", " 1", "1.0", "NaN", "9".repeat(17)].map(
        (step): [string, (metadata: Map<string, string>) => void, RegExp] => [
          `has the step "${step}"`,
          (m) => m.set("step", step),
          /step: expected a step, received "/,
        ],
      ),
      ["describes no run", (m) => m.set("run", "{"), /run: expected JSON text, received "\{"/],
      [
        "nests its run deeply",
        (m) => m.set("run", `${'{"data":'.repeat(1e5)}1${"}".repeat(1e5)}`),
        /run: expected at most 200 levels/,
      ],
      ["has a layout of another size", (m) => m.set("layout", "[[1e999]]"), /layout\.0\.0: expected null/],
      [
        "quotes megabytes",
        (m) => m.set("run", `{"${"x".repeat(3e6)}":1}`),
        /^train\.resume x{1900}x*\.\.\.$/,
      ],
    ])("is refused where it %s", async (_, change, message) => {
      const { tensors, metadata } = decodeSafetensors(await whole());
      const changed = new Map(metadata);
      change(changed);
      await expect(resume(await signed({ tensors, metadata: changed }))).rejects.toThrow(message);
    });

    it("is refused where any bit has changed, also one of a weight", async () => {
      const bytes = await whole();
      const random = createRandom(1);
      for (let i = 0; i < 60; i++) {
        const [at, bit] = [random.fold(i).integers(1, 0, bytes.length)[0]!, i % 8];
        const changed = bytes.slice();
        changed[at]! ^= 1 << bit;
        await expect(resume(changed)).rejects.toSatisfy(FileFormatError.is);
      }
      const last = bytes.slice();
      last[last.length - 1]! ^= 1;
      await expect(resume(last)).rejects.toThrow(
        /train\.resume sha256: expected [0-9a-f]{64}, as stored, received [0-9a-f]{64}, as the bytes say/,
      );
    });

    it("is refused without a checksum, or with text for one", async () => {
      const { tensors, metadata } = decodeSafetensors(await whole());
      const { sha256: _, ...others } = Object.fromEntries(metadata);
      await expect(
        resume(encodeSafetensors({ tensors, metadata: new Map(Object.entries(others)) })),
      ).rejects.toThrow('train.resume: expected metadata "sha256", received none');
      const changed = new Map(metadata).set("sha256", '"quoted"');
      await expect(resume(encodeSafetensors({ tensors, metadata: changed }))).rejects.toThrow(
        /sha256: expected "quoted", as stored/,
      );
    });

    it.each([NaN, Infinity])("is refused where a slot or a parameter holds %d", async (bad) => {
      const { tensors, metadata } = decodeSafetensors(await whole());
      for (const name of ["optimizer.v", "bijection.0.shift"]) {
        const changed = new Map(tensors);
        const { dtype, shape, data } = tensors.get(name)!;
        const broken = (data as Float32Array).slice();
        broken[1] = bad;
        changed.set(name, { dtype, shape, data: broken });
        await expect(resume(await signed({ tensors: changed, metadata }))).rejects.toThrow(
          `train.resume tensor "${name}": expected finite numbers, received ${bad}`,
        );
      }
    });

    it("is refused where a slot or a parameter is missing", async () => {
      const { tensors, metadata } = decodeSafetensors(await whole());
      for (const name of ["optimizer.v", "bijection.0.shift"]) {
        const fewer = new Map(tensors);
        expect(fewer.delete(name)).toBe(true);
        await expect(resume(await signed({ tensors: fewer, metadata }))).rejects.toThrow(`tensor "${name}"`);
      }
    });
  });
});
