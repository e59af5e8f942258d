import { bitsPerDim } from "@invertible/flow";
import type { Random } from "@invertible/ops";
import {
  adam,
  adamax,
  cosineDecay,
  eager,
  maximumLikelihood,
  minimumCrossEntropy,
  train,
} from "@invertible/trainer";
import type { Engine, Objective, TrainObjectiveOptions } from "@invertible/trainer";
import { fileCheckpointStore } from "@invertible/trainer/node";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { Unit } from "../catalogue/task-entry.ts";
import type { Answer } from "../run/messages.ts";
import { withHistory } from "./loss-history.ts";
import type { LossHistory } from "./loss-history.ts";
import { dimensionOf } from "./built-model.ts";
import type { JobRequest } from "./request.ts";

export interface TrainModelOptions {
  readonly request: JobRequest;
  readonly model: BuiltModel;
  readonly data: LoadedData;
  readonly unit: Unit;
  readonly random: Random;
  readonly tell: (answer: Answer) => void;
  readonly signal: AbortSignal;
  /** Throws where no checkpoint must be written. */
  readonly checkWritable: () => void;
}

const optimizers = { adam, adamax };

/** Between two messages about progress, in milliseconds. */
const tellEvery = 200;

/** Trains to the last step, or to where the signal or the checkpoint's run ended, and leaves a checkpoint behind. */
export async function trainModel(options: TrainModelOptions): Promise<{
  readonly history: LossHistory;
  readonly step: number;
  readonly finished: boolean;
}> {
  const { request, model, unit, tell, checkWritable } = options;
  const { training } = request;
  const { steps } = training;
  const { store, history } = withHistory(guardedStore(request.checkpoint, checkWritable));
  const events = train({
    ...(await trainOptions(options, (reason) => (history.refusal = reason))),
    checkpoint: { store, every: training.checkpointEvery },
    resume: "if-present",
  });
  const dimension = dimensionOf(model);
  const show = (nats: number) => (unit === "nats" ? nats : bitsPerDim(-nats, dimension)).toFixed(3);
  let toldAt = -Infinity;
  let recent: number[] = [];
  let step = 0;
  for await (const event of events) {
    step = event.step;
    if (event.kind === "end") return { history, step, finished: event.reason === "finished" };
    if (event.kind !== "step") continue;
    history.add(event.loss, event.milliseconds);
    recent = [...recent.slice(-19), event.milliseconds];
    const now = performance.now();
    if (now - toldAt < tellEvery && step < steps) continue;
    toldAt = now;
    const stepsPerSecond = 1000 / (recent.reduce((a, b) => a + b, 0) / recent.length);
    tell({
      kind: "progress",
      phase: "training",
      done: step,
      total: steps,
      loss: `${show(event.loss)} ${unit}`,
      stepsPerSecond,
    });
  }
  return { history, step, finished: false };
}

/** What decides the steps, but for checkpoints. */
export async function trainOptions(
  {
    request,
    model,
    data,
    random,
    signal,
  }: Pick<TrainModelOptions, "request" | "model" | "data" | "random" | "signal">,
  onRefusal: (reason: string) => void,
): Promise<TrainObjectiveOptions> {
  const { workload, training } = request;
  const { steps } = training;
  return {
    objective: objectiveOf(model),
    data: data.train,
    batchSize: Math.min(workload.batchSize, data.train.count),
    augment: data.augment ?? [],
    steps,
    optimizer: optimizers[training.optimizer]({ learningRate: training.learningRate }),
    schedule: cosineDecay({ steps, final: training.finalRate }),
    warmupSteps: training.warmupSteps,
    clipNorm: training.clipNorm,
    random: random.fold("training"),
    signal,
    engine: await engineOf(request, onRefusal),
  };
}

/** What a model is trained to minimise. */
function objectiveOf(model: BuiltModel): Objective {
  return "flow" in model ? maximumLikelihood(model.flow) : minimumCrossEntropy(model.classifier);
}

/** What makes the steps. What it needs is loaded only where it is used. */
async function engineOf(
  { engine, threads }: JobRequest,
  onRefusal: (reason: string) => void,
): Promise<Engine> {
  if (engine === "eager") return eager();
  const { captured } = await import("@invertible/capture");
  return captured({ threads, onRefusal: ({ message }) => onRefusal(message) });
}

function guardedStore(path: string, checkWritable: () => void): ReturnType<typeof fileCheckpointStore> {
  const store = fileCheckpointStore(path);
  return {
    load: () => store.load(),
    async save(bytes) {
      checkWritable();
      await store.save(bytes);
    },
  };
}
