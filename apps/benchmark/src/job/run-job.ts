import { dirname } from "node:path";
import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import { disposeModel } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { figures } from "../figures/index.ts";
import { metrics } from "../metrics/index.ts";
import { placeOf } from "../metrics/metric.ts";
import type { Metric } from "../metrics/metric.ts";
import { jobFormat } from "../results/schema.ts";
import type { JobResult } from "../results/schema.ts";
import { describeMachine } from "../results/versions.ts";
import { writeAtomically } from "../run/atomic-file.ts";
import type { Answer } from "../run/messages.ts";
import { exportModels } from "./export-models.ts";
import { keepMeasurements } from "./kept-measurements.ts";
import { createMeasurements } from "./measurements.ts";
import { openJob } from "./open-job.ts";
import type { OpenJob } from "./open-job.ts";
import type { JobRequest } from "./request.ts";
import { dimensionOf, variablesOf } from "./built-model.ts";
import { trainModel } from "./train-model.ts";
import { createWriteGuard } from "./write-guard.ts";

/**
 * Trains and measures one model on one data set, and writes the job's result file. A job that was interrupted goes on at its last
 * checkpoint, or, where it was trained already, at the first measurement that had not ended.
 */
export async function runJob(
  request: JobRequest,
  catalogue: Catalogue,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const { job, workload, training } = request;
  const { point: _point, ...identity } = job;
  const checkWritable = createWriteGuard(dirname(request.checkpoint));
  tell({ kind: "progress", phase: "loading data", done: 0, total: 1 });
  const open = await openJob(request, catalogue);
  const { backend, data, digest, unit, model } = open;
  try {
    const done = await trainAndMeasure(open, request, catalogue, tell, signal, checkWritable).catch(
      (error: unknown) => {
        // A search wants to know that a learning rate is too high. Elsewhere it is a failure.
        if (request.validation && (error instanceof NonFiniteError || error instanceof NotConvergedError))
          return divergedWith(error);
        throw error;
      },
    );
    if ("stoppedAt" in done) return { kind: "stopped", step: done.stoppedAt };
    const { stepsDone, forget, refusal, ...measured } = done;
    const { optimizer, learningRate, steps, warmupSteps, clipNorm, tunedWith } = training;
    const batchSize = Math.min(workload.batchSize, data.train.count);
    const result: JobResult = {
      format: jobFormat,
      ...identity,
      unit,
      dimension: dimensionOf(model),
      size: workload.size,
      parameters: parameterCount(variablesOf(model)),
      architecture: { ...model.architecture },
      training: {
        ...{ optimizer, learningRate, steps, stepsDone, batchSize, warmupSteps, clipNorm, tunedWith },
        augmentation: (data.augment ?? []).map(({ name }) => name),
      },
      examples: { train: data.train.count, test: data.test.count, digest },
      backend,
      machine: { name: request.machine, ...describeMachine() },
      ...measured,
      engine: {
        name: refusal === null ? request.engine : "eager",
        threads: request.threads,
        refusal,
      },
    };
    checkWritable();
    await writeAtomically(request.result, JSON.stringify(result));
    await forget();
    return { kind: "finished" };
  } catch (error) {
    if (signal.aborted) return { kind: "stopped", step: training.steps };
    throw error;
  } finally {
    disposeModel(variablesOf(model));
  }
}

/** What a job adds to what was known before it. */
interface Done extends Pick<JobResult, "metrics" | "figures" | "timing" | "exports" | "diverged"> {
  readonly stepsDone: number;
  /** Why steps were made eagerly although captured ones were wanted. */
  readonly refusal: string | null;
  /** Removes what was kept for a job that goes on. */
  readonly forget: () => Promise<void>;
}

async function trainAndMeasure(
  { data, digest, unit, model, random }: OpenJob,
  request: JobRequest,
  catalogue: Catalogue,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
  checkWritable: () => void,
): Promise<Done | { readonly stoppedAt: number }> {
  const { job, workload } = request;
  const { kind, task } = job;
  const say = (phase: string, done: number, total: number) => tell({ kind: "progress", phase, done, total });
  const { history, step, finished } = await trainModel({
    ...{ request, model, data, unit, random, tell, signal, checkWritable },
  });
  if (!finished) return { stoppedAt: step };
  const kept = await keepMeasurements(
    request.measurements,
    JSON.stringify([job, digest, request.backend, request.engine, request.threads, step]),
    checkWritable,
  );
  const exports = "flow" in model ? await exportModels(model.flow, request.exports, say, checkWritable) : [];
  const parameters = parameterCount(variablesOf(model));
  const measurements = createMeasurements({
    ...{ kind, unit, model, parameters, data, workload, history, random, signal, say, kept },
  });
  // A search compares models by one number, and draws nothing.
  const { headline } = entryNamed(catalogue.tasks, task);
  const isWanted = ({ name, from }: Metric) =>
    request.validation ? name === headline : from !== "data" || request.measuresData;
  const measured: Record<"metrics" | "timing", Record<string, unknown>> = { metrics: {}, timing: {} };
  for (const metric of metrics)
    if (metric.appliesTo({ task, kind }) && isWanted(metric))
      measured[placeOf(metric)][metric.name] = await metric.measure(measurements);
  const drawn: Record<string, unknown> = {};
  for (const figure of request.validation ? [] : figures)
    if (figure.appliesTo({ task, kind })) drawn[figure.name] = await figure.measure(measurements);
  return {
    ...{ stepsDone: step, refusal: history.refusal, diverged: null, exports },
    metrics: measured.metrics,
    figures: drawn,
    timing: {
      ...measured.timing,
      "training-seconds": history.milliseconds.reduce((a, b) => a + b, 0) / 1000,
      "evaluation-seconds": kept.seconds(),
    },
    forget: kept.forget,
  };
}

function divergedWith({ message }: Error): Done {
  return {
    ...{ stepsDone: 0, refusal: null, diverged: message },
    ...{ metrics: {}, figures: {}, timing: {}, exports: [] },
    forget: async () => {},
  };
}
