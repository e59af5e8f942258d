/** The program of a child process that trains one network on one engine, so that the peak of its memory is its own. */
import { writeFileSync } from "node:fs";
import { disposeFlow, encodeSafetensors, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import {
  countOperations,
  createRandom,
  dispose,
  memory,
  mul,
  reshape,
  slice,
  tensor,
  tidy,
} from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam } from "@invertible/trainer";
import type { ExampleSet } from "@invertible/trainer";
import { engines } from "../../engines.ts";
import type { Engine } from "../../engines.ts";
import { answerLines } from "../../processes/answer-lines.ts";
import { peakMemory } from "../../processes/peak-memory.ts";
import { matMulPeak } from "../mat-mul-peak.ts";
import { stepByStep } from "../step-by-step.ts";
import type { StepByStep } from "../step-by-step.ts";
import { everyCase, training } from "../cases.ts";

/** More than anybody asks for. */
const steps = 1_000_000;

interface Loaded {
  readonly flow: Flow;
  readonly data: ExampleSet;
  readonly run: StepByStep;
  readonly engine: Engine;
}

let loaded: Loaded | undefined;
const ready = () => {
  if (!loaded) throw new Error("expected the request load first");
  return loaded;
};

/**
 * Waits until the GPU has done everything that it was asked for. It works in order, so it is enough to read one number back that
 * is computed last.
 */
async function synchronise() {
  const [variable] = Object.values(ready().flow.parameters);
  const last = tidy(() => mul(slice(reshape(variable!, [-1]), [0], [1]), 1));
  await last.data();
  dispose(last);
}

async function load(details: Readonly<Record<string, unknown>>) {
  const {
    number,
    program,
    microBatchSize,
    engine: at,
    initialExamples = training.initialExamples,
  } = details as Readonly<Record<"number" | "program" | "microBatchSize" | "engine", number>> & {
    readonly initialExamples?: number;
  };
  const { build, gradient } = everyCase[number]!.programs[program]!;
  const { batchSize, data: makeData } = everyCase[number]!;
  const engine = engines[at]!;
  const { backend, trainOptions } = engine;
  const { adapter } = await startBackend(backend);
  const random = createRandom(1);
  const flow = build(random.fold("start"));
  const data = makeData();
  const count = Math.min(data.count, initialExamples);
  const first = tensor(
    Float32Array.from(data.values.subarray(0, (count * data.values.length) / data.count)),
    [count, ...data.shape],
  );
  await flow.initialise(first, { random: random.fold("initialise"), training: true });
  dispose(first);
  const run = stepByStep({
    flow,
    data,
    batchSize,
    microBatchSize,
    steps,
    optimizer: adam({ learningRate: training.learningRate }),
    clipNorm: training.clipNorm,
    random: random.fold("training"),
    initialExamples: 0,
    ...(await trainOptions?.()),
  });
  loaded = { flow, data, run, engine };
  return { parameters: parameterCount(flow), gradient, adapter: adapter ?? null };
}

await answerLines({
  load,
  /** Writes the model and the data, for programs that are no TypeScript. */
  async save(details) {
    const { model, data: file } = details as Readonly<Record<"model" | "data", string>>;
    const { flow, data } = ready();
    writeFileSync(model, await saveFlow(flow));
    const values = Float32Array.from(data.values);
    const stored = { dtype: "F32", shape: [data.count, ...data.shape], data: values } as const;
    writeFileSync(file, encodeSafetensors({ tensors: new Map([["values", stored]]), metadata: new Map() }));
    return {};
  },
  async step() {
    const { milliseconds, loss, gradientNorm } = await ready().run.step();
    return { milliseconds, loss, gradientNorm };
  },
  /** A step with everything behind the readback of its loss, such as power iteration. */
  async wholeStep() {
    await synchronise();
    const start = performance.now();
    const { loss, gradientNorm } = await ready().run.step();
    await synchronise();
    return { milliseconds: performance.now() - start, loss, gradientNorm };
  },
  async count() {
    const { operations } = await countOperations(() => ready().run.step());
    return { ...operations, operations: operations.convolutions + operations.matrixProducts };
  },
  matMul: async () => ({ gflops: await (ready().engine.matMulPeak ?? matMulPeak)() }),
  async end() {
    const peakBytes = peakMemory();
    // WebGPU keeps the buffers that it has once allocated.
    const { numBytesAllocatedInGPU: gpuPeakBytes = null } = memory() as { numBytesAllocatedInGPU?: number };
    await loaded?.run.end();
    if (loaded) disposeFlow(loaded.flow);
    return { peakBytes, gpuPeakBytes };
  },
});
// The backend may hold handles that keep the process alive.
process.exit(0);
