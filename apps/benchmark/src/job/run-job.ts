import { writeAtomically } from "../run/atomic-file.ts";
import type { Answer } from "../run/messages.ts";
import type { JobResult } from "../results/schema.ts";
import { bitsPerDim, disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { buildFlow } from "../catalogue/build-flow.ts";
import { loadData } from "../catalogue/load-data.ts";
import type { JobData } from "../catalogue/load-data.ts";
import { backendFacts } from "./backend-facts.ts";
import { measureFlow } from "./measure-flow.ts";
import { medianAfterWarmup, thinCurve } from "./loss-history.ts";
import type { LossHistory } from "./loss-history.ts";
import type { JobRequest } from "./request.ts";
import { stepsOf, trainFlow } from "./train-flow.ts";

const curvePoints = 200;

/** Trains and measures one model on one data set, and writes the job's result file. */
export async function runJob(
  request: JobRequest,
  tell: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const backend = backendFacts(await startBackend(request.backend));
  tell({ kind: "progress", phase: "loading data", done: 0, total: 1 });
  // The same for both models: they see the same examples in the same order.
  const random = createRandom(request.seed).fold(request.job.dataset);
  const data = await loadData(request, random.fold("data"));
  const flow = buildFlow(
    request.workload,
    request.job.model,
    data.train.shape,
    random.fold("start").fold(request.job.model),
  );
  try {
    const { history, step, finished } = await trainFlow({ request, flow, data, random, tell, signal });
    if (!finished) return { kind: "stopped", step };
    const trained = performance.now();
    const measured = await measureFlow({ request, flow, data, random, tell, signal });
    const evaluationSeconds = (performance.now() - trained) / 1000;
    const { unit } = data;
    const trainingSeconds = history.milliseconds.reduce((a, b) => a + b, 0) / 1000;
    const result: JobResult = {
      format: "invertible-benchmark-job/1",
      dataset: request.job.dataset,
      model: request.job.model,
      unit,
      dimension: flow.dimension,
      parameters: parameterCount(flow),
      ...describeTraining(request, data),
      ...measured.outcome,
      dataEntropy: data.entropy,
      lossCurve: lossCurve(history, flow, unit),
      backend,
      figures: measured.figures,
      timing: {
        millisecondsPerStep: medianAfterWarmup(history.milliseconds),
        millisecondsPerSample: measured.millisecondsPerSample,
        trainingSeconds,
        evaluationSeconds,
      },
    };
    await writeAtomically(request.result, JSON.stringify(result));
    return { kind: "finished" };
  } catch (error) {
    if (signal.aborted) return { kind: "stopped", step: stepsOf(request) };
    throw error;
  } finally {
    disposeFlow(flow);
  }
}

function describeTraining(request: JobRequest, data: JobData): Pick<JobResult, "architecture" | "training"> {
  const { job, workload } = request;
  const { architecture, training } = workload.models[job.model];
  return {
    architecture: { ...architecture },
    training: {
      optimizer: training.optimizer,
      learningRate: training.learningRate,
      steps: stepsOf(request),
      batchSize: workload.batchSize,
      warmupSteps: workload.warmupSteps,
      clipNorm: workload.clipNorm,
      examples: data.train.count,
    },
  };
}

function lossCurve(
  history: LossHistory,
  { dimension }: Flow,
  unit: JobResult["unit"],
): JobResult["lossCurve"] {
  const { step, loss } = thinCurve(history.loss, curvePoints);
  return { step, loss: unit === "nats" ? loss : loss.map((nats) => bitsPerDim(-nats, dimension)) };
}
