import { checkOptions, checkPositiveInteger, explainOutOfMemory } from "@invertible/errors";
import { dispose, stack, tidy } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import type { Call } from "@invertible/bijection";
import { checkFlow } from "@invertible/flow";
import type { Flow, FlowTraits } from "@invertible/flow";
import { createBreather } from "../loop/event-loop.ts";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { maximumLikelihood } from "../objectives/maximum-likelihood.ts";
import { evaluateTerms } from "../objectives/objective.ts";
import type { Objective } from "../objectives/objective.ts";
import { locateNonFinite } from "../loop/locate-non-finite.ts";
import { withBatch } from "../data/with-batch.ts";
import { meanAndError } from "./mean-and-error.ts";

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** The model. */
  readonly flow: Flow;
  /** The examples. */
  readonly data: ExampleSet;
  /** Key for the noise of dequantisation and of estimated log-dets. The same key and batch size give the same numbers. */
  readonly random: Random;
  /** Number of examples in each call. The last batch may be smaller. Default 256. */
  readonly batchSize?: number | undefined;
  /** Stops after the current batch. The promise is then rejected with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch with the number of examples done and the number of all. */
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
}

/** The log-likelihood of a data set. */
export interface Evaluation {
  /** log p(x) of every example in nats, in the order of the data. */
  readonly logProb: Float64Array;
  /** Mean of -log p(x), in nats per example. */
  readonly meanNll: number;
  /**
   * The sampling error of that mean: the standard deviation of -log p(x) over the examples, divided by sqrt(count). NaN for a
   * single example.
   */
  readonly standardError: number;
  /** Whether log-dets are exact, unbiased or biased. The noise of an estimate is part of the standard error. */
  readonly logDet: FlowTraits["logDet"];
  /** With "lower-bound", which comes from dequantisation, the true log-likelihoods are at least as high on average. */
  readonly likelihood: FlowTraits["likelihood"];
  /** Wall-clock time of the evaluation. */
  readonly milliseconds: number;
}

/**
 * Computes the log-probabilities of a data set, with the flow in evaluation mode. Sums are formed in float64; each log p(x) is
 * the float64 sum of float32 terms.
 *
 * @throws ArgumentError or ShapeError for data that do not fit the flow.
 * @throws NonFiniteError naming example, layer, direction and tensor.
 * @throws OutOfMemoryError for a batch that does not fit into the memory of the backend.
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  checkOptions("evaluate", options, {
    flow: "required",
    data: "required",
    random: "required",
    batchSize: "optional",
    signal: "optional",
    onProgress: "optional",
  });
  const { flow, data, random, batchSize = 256, signal, onProgress } = options;
  checkFlow("evaluate.flow", flow);
  checkExamples("evaluate", data, flow.bijection);
  checkPositiveInteger("evaluate.batchSize", batchSize);
  const start = performance.now();
  const breathe = createBreather();
  const objective = maximumLikelihood(flow);
  const logProb = new Float64Array(data.count);
  for (let first = 0; first < data.count; first += batchSize) {
    signal?.throwIfAborted();
    const examples = Int32Array.from(
      { length: Math.min(batchSize, data.count - first) },
      (_, i) => first + i,
    );
    await withBatch("evaluate", data, examples, async (batch, { given }) => {
      const call = { ...given, random: random.fold("evaluate").fold(first), training: false };
      const values = await readTerms(objective, batch, call);
      examples.forEach((example, i) => (logProb[example] = values[i]! + values[examples.length + i]!));
      if (!values.every(Number.isFinite))
        throw await locateNonFinite({ where: "evaluate", objective, batch, examples, call });
    }).catch((error: unknown) => {
      const remedy = `pass a smaller batchSize than ${batchSize}`;
      throw explainOutOfMemory(error, { where: "evaluate", examples: () => examples.length, remedy });
    });
    onProgress?.(first + examples.length, data.count);
    await breathe();
  }
  const { mean, standardError } = meanAndError(logProb);
  return {
    logProb,
    meanNll: -mean,
    standardError,
    logDet: flow.traits.logDet,
    likelihood: flow.traits.likelihood,
    milliseconds: performance.now() - start,
  };
}

/** Reads the terms of the log-likelihood as [logDet..., baseLogProb...]. */
async function readTerms(objective: Objective, batch: Tensor, call: Call) {
  const terms = tidy(() => stack(evaluateTerms(objective, batch, { call })));
  try {
    return await terms.data();
  } finally {
    dispose(terms);
  }
}
