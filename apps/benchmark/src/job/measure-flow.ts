import { bitsPerDim } from "@invertible/flow";
import { evaluate, measureReconstruction } from "@invertible/trainer";
import type { JobResult, Outcome } from "../results/schema.ts";
import { drawFigures } from "./draw-figures.ts";
import { firstExamples } from "./examples.ts";
import type { JobContext } from "./train-flow.ts";

export interface Measured {
  readonly outcome: Pick<
    Outcome,
    "test" | "logDet" | "likelihood" | "reconstruction" | "inverse" | "inverseCurve"
  >;
  readonly figures: JobResult["figures"];
  readonly millisecondsPerSample: number;
}

/** Everything measured on the trained model. Each part draws its noise from a key of its own. */
export async function measureFlow(context: JobContext): Promise<Measured> {
  const { request, flow, data, random, tell, signal } = context;
  const { evaluation } = request.workload;
  const inUnit = (nats: number) => (data.unit === "nats" ? nats : bitsPerDim(-nats, flow.dimension));
  const say = (phase: string, done: number, total: number) => tell({ kind: "progress", phase, done, total });

  say("evaluating", 0, data.test.count);
  const tested = await evaluate({
    flow,
    data: data.test,
    random: random.fold("test"),
    batchSize: evaluation.batchSize,
    signal,
    onProgress: (done, count) => say("evaluating", done, count),
  });

  say("inverting", 0, 1);
  const iterative = flow.traits.inverse === "iterative";
  const inverted = await measureReconstruction({
    flow,
    data: firstExamples(data.test, evaluation.reconstructions),
    random: random.fold("reconstruction"),
    batchSize: evaluation.batchSize,
    tolerance: evaluation.tolerance,
    iterationCounts: iterative ? evaluation.iterationCounts : [],
    signal,
  });
  const { maxError, meanError } = inverted.beforeRounding ?? inverted;
  const curve = inverted.byIterations.map(({ iterations, beforeRounding, ...whole }) => ({
    iterations,
    ...(beforeRounding ?? whole),
  }));
  if (!iterative) curve.push({ iterations: 0, maxError, meanError });

  say("sampling", 0, 1);
  const { figures, millisecondsPerSample } = await drawFigures(context);
  return {
    outcome: {
      test: {
        value: inUnit(tested.meanNll),
        standardError: inUnit(tested.standardError),
        examples: data.test.count,
      },
      logDet: { kind: tested.logDet, ...describeLogDet(context, inUnit) },
      likelihood: tested.likelihood,
      reconstruction: {
        max: maxError,
        mean: meanError,
        examples: Math.min(evaluation.reconstructions, data.test.count),
      },
      inverse: {
        method: iterative ? "iterative" : "analytic",
        iterations: inverted.iterations,
        iterationsByLayer: inverted.evidence.map(({ iterations }) => iterations),
        tolerance: evaluation.tolerance,
        converged: inverted.evidence.every(({ converged }) => converged),
      },
      inverseCurve: {
        iterations: curve.map(({ iterations }) => iterations),
        max: curve.map((point) => point.maxError),
        mean: curve.map((point) => point.meanError),
      },
    },
    figures,
    millisecondsPerSample,
  };
}

/** Whether the flow's log-det is a series, and what that cuts off at most. */
function describeLogDet(
  { request, flow }: JobContext,
  inUnit: (nats: number) => number,
): Omit<Outcome["logDet"], "kind"> {
  const { architecture } = request.workload.models[request.job.model];
  if (!("evaluationTerms" in architecture))
    return { estimator: "exact", terms: null, probes: null, truncationBound: null };
  return {
    estimator: "power series",
    terms: architecture.evaluationTerms,
    probes: architecture.probes,
    truncationBound: inUnit(flow.traits.logDetBias),
  };
}
