import { createHash } from "node:crypto";
import { bitsPerDim, continuousFlow } from "@invertible/flow";
import type { SampleCall } from "@invertible/flow";
import { dispose, tensor } from "@invertible/ops";
import type { Random, Tensor } from "@invertible/ops";
import { evaluate, measureReconstruction } from "@invertible/trainer";
import type { Evaluation, Reconstruction } from "@invertible/trainer";
import type { DataKind } from "../catalogue/data-kind.ts";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { Unit } from "../catalogue/task-entry.ts";
import type { Workload } from "../presets/preset.ts";
import { gaussianFloor } from "../gaussian/gaussian-floor.ts";
import type { GaussianFloor } from "../gaussian/gaussian-floor.ts";
import { evaluateIntegrated } from "./evaluate-integrated.ts";
import type { IntegratedEvaluation } from "./evaluate-integrated.ts";
import { firstExamples } from "./examples.ts";
import { dimensionOf, flowOf } from "./built-model.ts";
import { classify, guarantee } from "./measure-classifier.ts";
import type { Classified, GuaranteedInverse } from "./measure-classifier.ts";
import type { KeptMeasurements } from "./kept-measurements.ts";
import type { LossHistory } from "./loss-history.ts";

/**
 * What metrics and figures may ask of one trained model. What several of them need is measured once, and not again when the job
 * is interrupted and goes on.
 */
export interface Measurements {
  readonly kind: DataKind;
  readonly unit: Unit;
  readonly model: BuiltModel;
  readonly parameters: number;
  readonly data: LoadedData;
  readonly workload: Workload;
  readonly history: LossHistory;
  readonly isIterative: boolean;
  /** For whatever is measured beside what is below: fold a name of its own into it. */
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Nats of one example in the unit of the report. */
  readonly inUnit: (nats: number) => number;
  /** Classes of the test examples, where the model is a classifier. */
  readonly classified: () => Promise<Classified>;
  /** What is proven of the inverse of a classifier's features; null where it claims no inverse. */
  readonly guaranteed: () => Promise<GuaranteedInverse | null>;
  /** Log-likelihoods of the test examples. */
  readonly tested: () => Promise<Evaluation | IntegratedEvaluation>;
  /** What a Gaussian with all correlations reaches on the same examples, nats; null where it has no density. */
  readonly gaussian: () => Promise<GaussianFloor | null>;
  /** Held-out examples through the model and back, errors before rounding. */
  readonly inverted: () => Promise<Inverted>;
  readonly sampled: () => Promise<{ readonly samples: Float32Array; readonly millisecondsPerSample: number }>;
  /** log p of points in the plane, nats; [x, y, x, y, ...]. */
  readonly logDensity: (points: Float32Array) => Promise<Float32Array>;
  /** The first test examples and what comes back of them, before dequantisation rounds. */
  readonly reconstructed: (count: number) => Promise<{
    readonly originals: Float32Array;
    readonly reconstructions: Float32Array;
  }>;
}

export interface Inverted extends Pick<
  Reconstruction,
  "iterations" | "evidence" | "maxError" | "meanError" | "wrongIntegers"
> {
  readonly examples: number;
  /** Number of values, such as pixels, in all these examples. */
  readonly elements: number;
  /** Empty for an analytic inverse. */
  readonly byIterations: readonly {
    readonly iterations: number;
    readonly maxError: number;
    readonly meanError: number;
  }[];
}

export interface MeasurementsOptions {
  readonly kind: DataKind;
  readonly unit: Unit;
  readonly model: BuiltModel;
  readonly parameters: number;
  readonly data: LoadedData;
  readonly workload: Workload;
  readonly history: LossHistory;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly say: (phase: string, done: number, total: number) => void;
  readonly kept: KeptMeasurements;
}

/**
 * Each measurement draws its noise from a key of its own, so none changes the numbers of another. All calls of a flow that
 * measuring needs stand in this file.
 */
export function createMeasurements({ say, kept, ...given }: MeasurementsOptions): Measurements {
  const { unit, model, data, workload, random, signal } = given;
  const { evaluation } = workload;
  const isIterative = "flow" in model && model.flow.traits.inverse === "iterative";
  // A layer that cannot hold the tolerance goes on, and its evidence says so: a benchmark reports, it does not give up.
  const solving = { onCap: "return" } as const;

  return {
    ...given,
    isIterative,
    inUnit: (nats) => (unit === "nats" ? nats : bitsPerDim(-nats, dimensionOf(model))),
    classified: () => kept.once("classified", () => classify(given, say)),
    guaranteed: () => kept.once("guaranteed", () => guarantee(given, say)),
    tested: () =>
      kept.once("tested", () => {
        say("evaluating", 0, data.test.count);
        const given = {
          flow: flowOf(model),
          data: data.test,
          random: random.fold("test"),
          batchSize: evaluation.batchSize,
          signal,
          onProgress: (done: number, count: number) => say("evaluating", done, count),
        };
        return "integrates" in model ? evaluateIntegrated(given) : evaluate(given);
      }),
    gaussian: () =>
      kept.once("gaussian", () => {
        say("fitting a Gaussian", 0, 1);
        return gaussianFloor(data.train, data.test, signal);
      }),
    inverted: () =>
      kept.once("inverted", async () => {
        say("inverting", 0, 1);
        const examples = firstExamples(data.test, evaluation.reconstructions);
        const whole = await measureReconstruction({
          flow: flowOf(model),
          data: examples,
          random: random.fold("reconstruction"),
          batchSize: evaluation.batchSize,
          ...solving,
          iterationCounts: isIterative ? evaluation.iterationCounts : [],
          signal,
        });
        return {
          ...whole,
          ...whole.beforeRounding,
          examples: examples.count,
          elements: examples.values.length,
          byIterations: whole.byIterations.map(({ iterations, beforeRounding, maxError, meanError }) => ({
            iterations,
            ...(beforeRounding ?? { maxError, meanError }),
          })),
        };
      }),
    sampled: () =>
      kept.once("sampled", async () => {
        say("sampling", 0, 1);
        const draw = async (count: number) =>
          readAndDispose(
            (await flowOf(model).sample(count, { random: random.fold("samples"), ...solving })).x,
          );
        // The first call compiles and allocates; it is not timed.
        await draw(Math.min(8, evaluation.samples));
        const started = performance.now();
        const samples = await draw(evaluation.samples);
        return { samples, millisecondsPerSample: (performance.now() - started) / evaluation.samples };
      }),
    logDensity: (points) =>
      kept.once(`log-density ${digestOf(points)}`, async () => {
        const values = new Float32Array(points.length / 2);
        for (let first = 0; first < values.length; first += pointsPerCall) {
          signal.throwIfAborted();
          const batch = points.subarray(2 * first, 2 * (first + pointsPerCall));
          const x = tensor(batch, [batch.length / 2, 2]);
          const logProb = flowOf(model).logProb(x, { random: random.fold("density") });
          values.set(await readAndDispose(logProb).finally(() => dispose(x)), first);
        }
        return values;
      }),
    reconstructed: (count) =>
      kept.once(`reconstructed ${count}`, () =>
        reconstruct(given, count, { ...solving, random: random.fold("shown") }),
      ),
  };
}

const pointsPerCall = 2400;

async function reconstruct(
  { model, data }: Pick<MeasurementsOptions, "model" | "data">,
  count: number,
  call: SampleCall,
) {
  const { dequantisation, flow } = continuousFlow(flowOf(model));
  const examples = firstExamples(data.test, count);
  const x = tensor(Float32Array.from(examples.values), [examples.count, ...examples.shape]);
  const y = dequantisation ? dequantisation.forward(x, { random: call.random }) : x;
  try {
    const { x: back } = await flow.reconstruct(y, call);
    return { originals: Float32Array.from(await y.data()), reconstructions: await readAndDispose(back) };
  } finally {
    dispose(y === x ? [x] : [x, y]);
  }
}

/** Other points are another measurement. */
const digestOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");

async function readAndDispose(x: Tensor): Promise<Float32Array> {
  try {
    return Float32Array.from(await x.data());
  } finally {
    dispose(x);
  }
}
