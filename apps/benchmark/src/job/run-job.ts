import { dirname } from "node:path";
import { disposeFlow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { figures } from "../figures/index.ts";
import { metrics } from "../metrics/index.ts";
import { placeOf } from "../metrics/metric.ts";
import { jobFormat } from "../results/schema.ts";
import type { JobResult } from "../results/schema.ts";
import { writeAtomically } from "../run/atomic-file.ts";
import type { Answer } from "../run/messages.ts";
import { exportModels } from "./export-models.ts";
import { keepMeasurements } from "./kept-measurements.ts";
import { createMeasurements } from "./measurements.ts";
import { openJob } from "./open-job.ts";
import type { JobRequest } from "./request.ts";
import { trainFlow } from "./train-flow.ts";
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
  const { kind, task } = job;
  const checkWritable = createWriteGuard(dirname(request.checkpoint));
  const say = (phase: string, done: number, total: number) => tell({ kind: "progress", phase, done, total });
  say("loading data", 0, 1);
  const { backend, data, digest, unit, model, random } = await openJob(request, catalogue);
  const { flow } = model;
  try {
    const { history, step, finished } = await trainFlow({
      ...{ request, flow, data, unit, random, tell, signal, checkWritable },
    });
    if (!finished) return { kind: "stopped", step };
    const kept = await keepMeasurements(
      request.measurements,
      JSON.stringify([job, digest, request.backend, request.engine, request.threads, step]),
      checkWritable,
    );
    const exports = await exportModels(flow, request.exports, say, checkWritable);
    const parameters = parameterCount(flow);
    const measurements = createMeasurements({
      ...{ kind, unit, model, parameters, data, workload, history, random, signal, say, kept },
    });
    const measured: Record<"metrics" | "timing", Record<string, unknown>> = { metrics: {}, timing: {} };
    for (const metric of metrics)
      if (metric.appliesTo({ task, kind }))
        measured[placeOf(metric)][metric.name] = await metric.measure(measurements);
    const drawn: Record<string, unknown> = {};
    for (const figure of figures)
      if (figure.appliesTo({ task, kind })) drawn[figure.name] = await figure.measure(measurements);
    const result: JobResult = {
      format: jobFormat,
      ...job,
      unit,
      dimension: flow.dimension,
      size: workload.size,
      parameters,
      architecture: { ...model.architecture },
      training: {
        optimizer: training.optimizer,
        learningRate: training.learningRate,
        steps: training.steps,
        stepsDone: step,
        batchSize: Math.min(workload.batchSize, data.train.count),
        warmupSteps: workload.warmupSteps,
        clipNorm: workload.clipNorm,
      },
      examples: { train: data.train.count, test: data.test.count, digest },
      metrics: measured.metrics,
      figures: drawn,
      backend,
      engine: {
        name: history.refusal === null ? request.engine : "eager",
        threads: request.threads,
        refusal: history.refusal,
      },
      exports,
      timing: {
        ...measured.timing,
        "training-seconds": history.milliseconds.reduce((a, b) => a + b, 0) / 1000,
        "evaluation-seconds": kept.seconds(),
      },
    };
    checkWritable();
    await writeAtomically(request.result, JSON.stringify(result));
    await kept.forget();
    return { kind: "finished" };
  } catch (error) {
    if (signal.aborted) return { kind: "stopped", step: training.steps };
    throw error;
  } finally {
    disposeFlow(flow);
  }
}
