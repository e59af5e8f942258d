import { bitsPerDim } from "@invertible/flow";
import type { Random } from "@invertible/ops";
import { adam, adamax, cosineDecay, eager, train } from "@invertible/trainer";
import type { Engine, TrainObjectiveOptions } from "@invertible/trainer";
import { fileCheckpointStore } from "@invertible/trainer/node";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { Unit } from "../catalogue/task-entry.ts";
import type { TrainingStage } from "../catalogue/training-stage.ts";
import type { Answer } from "../run/messages.ts";
import { withHistory } from "./loss-history.ts";
import type { LossHistory } from "./loss-history.ts";
import { classifierOf, dimensionOf, stagesOf } from "./built-model.ts";
import { examplesOf } from "./labelled-examples.ts";
import { withPseudoLabels } from "./pseudo-labels.ts";
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

/** Trains to the last step of the last stage, or to where the signal ended it, and leaves a checkpoint of each stage behind. */
export async function trainModel(options: TrainModelOptions): Promise<{
  readonly history: LossHistory;
  readonly step: number;
  readonly finished: boolean;
}> {
  const histories: LossHistory[] = [];
  let step = 0;
  for (const [i, { stage, steps }] of stepsOfStages(options).entries()) {
    const done = await trainStage(options, stage, i, step, steps);
    histories.push(done.history);
    step += done.step;
    if (!done.finished) return { history: joined(histories), step, finished: false };
  }
  return { history: joined(histories), step, finished: true };
}

/** The stages that have steps, in order. */
function stepsOfStages({ request, model }: Pick<TrainModelOptions, "request" | "model">) {
  const { steps } = request.training;
  const stages = stagesOf(model);
  let share = 0;
  const ends = stages.map((stage, i) =>
    i === stages.length - 1 ? steps : Math.round((share += stage.share) * steps),
  );
  return stages
    .map((stage, i) => ({ stage, steps: ends[i]! - (ends[i - 1] ?? 0) }))
    .filter(({ steps: own }) => own > 0);
}

/** Trains one stage, of which another run may have made some steps. */
async function trainStage(
  options: TrainModelOptions,
  stage: TrainingStage,
  index: number,
  before: number,
  steps: number,
): Promise<{ readonly history: LossHistory; readonly step: number; readonly finished: boolean }> {
  const { request, model, unit, tell, checkWritable } = options;
  const { training } = request;
  const path = index === 0 ? request.checkpoint : `${request.checkpoint}.${stage.name}`;
  const { store, history } = withHistory(guardedStore(path, checkWritable));
  const events = train({
    ...(await stageOptions(options, stage, steps, (reason) => (history.refusal = reason))),
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
      phase: stage.name,
      done: before + step,
      total: training.steps,
      loss: `${show(event.loss)} ${unit}`,
      stepsPerSecond,
    });
  }
  return { history, step, finished: false };
}

/** What decides the steps of a stage, but for checkpoints. */
export async function stageOptions(
  {
    request,
    model,
    data,
    random,
    signal,
  }: Pick<TrainModelOptions, "request" | "model" | "data" | "random" | "signal">,
  { name, objective, rate = 1, examples = "all" }: TrainingStage,
  steps: number,
  onRefusal: (reason: string) => void,
): Promise<TrainObjectiveOptions> {
  const { workload, training } = request;
  // The stage before has just ended, also in a run that goes on, so the labels are those of its last step.
  const train =
    typeof examples === "string"
      ? examplesOf(data.train, examples)
      : await withPseudoLabels(
          classifierOf(model),
          data.train,
          examples.pseudoLabels,
          random.fold("pseudo-labels").fold(name),
        );
  return {
    objective,
    data: train,
    batchSize: Math.min(workload.batchSize, train.count),
    augment: data.augment ?? [],
    steps,
    optimizer: optimizers[training.optimizer]({ learningRate: rate * training.learningRate }),
    schedule: cosineDecay({ steps, final: training.finalRate }),
    warmupSteps: training.warmupSteps,
    clipNorm: training.clipNorm,
    random: random.fold(name),
    signal,
    engine: await engineOf(request, onRefusal),
  };
}

/** The histories of all stages as one. */
function joined(histories: readonly LossHistory[]): LossHistory {
  const [first, ...others] = histories as [LossHistory, ...LossHistory[]];
  for (const { loss, milliseconds, refusal } of others) {
    loss.forEach((each, i) => first.add(each, milliseconds[i]!));
    first.refusal ??= refusal;
  }
  return first;
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
