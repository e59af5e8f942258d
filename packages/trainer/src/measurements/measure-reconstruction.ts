import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { checkBijection } from "@invertible/bijection";
import type { Bijection, InverseEvidence, SolveOptions } from "@invertible/bijection";
import { checkFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createBreather } from "../loop/event-loop.ts";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { chainLayers } from "./chain-layers.ts";
import { inverseSensitivity } from "./inverse-sensitivity.ts";
import type { InverseSensitivity } from "./inverse-sensitivity.ts";
import { roundTrip, roundsBack } from "./round-trip.ts";
import type { Difference } from "./round-trip.ts";
import { withBatch } from "../data/with-batch.ts";

/** Options of `measureReconstruction`. */
export interface MeasureReconstructionOptions {
  /** A flow to measure, or a `bijection` instead. */
  readonly flow?: Flow | undefined;
  /** A bijection to measure, such as the features of a classifier. The paths of its evidence begin with "bijection" too. */
  readonly bijection?: Bijection | undefined;
  /** The examples to map there and back. */
  readonly data: ExampleSet;
  /** Key for the noise of dequantisation. */
  readonly random: Random;
  /** Number of examples in each call. Default 256. */
  readonly batchSize?: number | undefined;
  /** Tolerance of each iterative layer, see `SolveOptions`. */
  readonly tolerance?: number | undefined;
  /** Most iterations of each iterative layer, see `SolveOptions`. */
  readonly maxIterations?: number | undefined;
  /** The solution method, see `SolveOptions`. */
  readonly method?: string | undefined;
  /** What to do where the cap is reached: "throw" (default), or "return" and say so in the evidence. */
  readonly onCap?: "throw" | "return" | undefined;
  /**
   * Also measures the error after exactly so many iterations of every iterative layer, for example for a plot. Default: none.
   */
  readonly iterationCounts?: readonly number[] | undefined;
  /**
   * With "certified", the error of every example is also bounded. The bound is what the evidence of each iterative layer
   * allows, times the proven Lipschitz constants of the inverses that its error still goes through. Proving takes up to seconds
   * for each convolution. Default "none".
   */
  readonly errorBounds?: "none" | "certified" | undefined;
  /** Stops after the current batch. The promise is then rejected with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/** Errors of a reconstruction, over all examples. */
export interface ReconstructionError {
  /** Largest |x - inverse(forward(x))| over all elements of all examples, in the units of the data. */
  readonly maxError: number;
  /** Mean |x - inverse(forward(x))| over all elements of all examples, in the units of the data. */
  readonly meanError: number;
  /**
   * The same errors before rounding, for flows that dequantise and whose inverse therefore rounds. They are in units of the
   * first layer's output; for `uniformDequantisation`, the range of the pixels is 1. Undefined for other flows.
   */
  readonly beforeRounding: { readonly maxError: number; readonly meanError: number } | undefined;
  /**
   * How many elements of all examples, such as pixels, come back as another integer. Noise of dequantisation that lies next to
   * the edge of a bin makes this possible however small the error before rounding is; a `margin` prevents it. Undefined for
   * flows of real numbers, whose elements hardly ever come back exactly.
   */
  readonly wrongIntegers: number | undefined;
}

/** The error of reconstructing one example. */
export interface ExampleError {
  /** Euclidean norm of x - inverse(forward(x)). For flows that dequantise, it is the error before rounding. */
  readonly error: number;
  /**
   * Upper bound on the part of `error` that iterations leave. Infinity where a layer proves no constant; undefined unless asked
   * for. The bound does not include rounding inside analytic layers, nor the error of a forward direction that solves an
   * equation.
   */
  readonly errorBound: number | undefined;
}

/** How well a flow reconstructs a data set. */
export interface Reconstruction extends ReconstructionError {
  /** Most iterations that any layer took for any example. 0 where every inverse is analytic. */
  readonly iterations: number;
  /** The error of each example, in the order of the data. */
  readonly examples: readonly ExampleError[];
  /** For each iterative layer, its worst evidence over all batches. Its rows are the examples, in the order of the data. */
  readonly evidence: readonly InverseEvidence[];
  /** The errors after each of the `iterationCounts`. */
  readonly byIterations: readonly ({ readonly iterations: number } & ReconstructionError)[];
  /** Wall-clock time of everything. */
  readonly milliseconds: number;
}

/**
 * Measures how well a flow or a bijection inverts itself. It maps the data forward, applies the adaptive inverse, and compares the result with
 * the data.
 *
 * @throws ArgumentError or ShapeError for data that do not fit the model.
 * @throws NotConvergedError where an inverse reaches its iteration cap, unless `onCap` is "return".
 */
export async function measureReconstruction(options: MeasureReconstructionOptions): Promise<Reconstruction> {
  checkOptions("measureReconstruction", options, {
    flow: "optional",
    bijection: "optional",
    data: "required",
    random: "required",
    batchSize: "optional",
    tolerance: "optional",
    maxIterations: "optional",
    method: "optional",
    onCap: "optional",
    iterationCounts: "optional",
    errorBounds: "optional",
    signal: "optional",
  });
  const { flow, data, random, batchSize = 256, iterationCounts = [], signal } = options;
  const { tolerance, maxIterations, method, onCap = "throw", errorBounds = "none" } = options;
  const where = "measureReconstruction";
  if ((flow === undefined) === (options.bijection === undefined))
    fail(where, "either a flow or a bijection", flow === undefined ? "neither" : "both");
  if (flow !== undefined) checkFlow(`${where}.flow`, flow);
  else checkBijection(`${where}.bijection`, options.bijection);
  const bijection = flow?.bijection ?? options.bijection!;
  checkExamples(where, data, bijection);
  checkPositiveInteger(`${where}.batchSize`, batchSize);
  for (const count of iterationCounts) checkPositiveInteger(`${where}.iterationCounts`, count);
  if (tolerance !== undefined && !(tolerance > 0)) fail(`${where}.tolerance`, "a positive number", tolerance);
  if (!["none", "certified"].includes(errorBounds))
    fail(`${where}.errorBounds`, `"none" or "certified"`, errorBounds);
  const start = performance.now();
  const breathe = createBreather();
  const layers = chainLayers(bijection, "bijection");
  const measure = async (solve: SolveOptions) => {
    const total = { data: none, beforeRounding: undefined as Difference | undefined };
    const evidence = new Map<string, InverseEvidence>();
    for (let first = 0; first < data.count; first += batchSize) {
      signal?.throwIfAborted();
      const rows = Int32Array.from({ length: Math.min(batchSize, data.count - first) }, (_, i) => first + i);
      const key = random.fold("reconstruction").fold(first);
      const trip = await withBatch(where, data, rows, (batch, { given }) =>
        roundTrip(layers, batch, { ...solve, ...given, random: key }),
      );
      total.data = together(total.data, trip.data);
      if (trip.beforeRounding)
        total.beforeRounding = together(total.beforeRounding ?? none, trip.beforeRounding);
      for (const layer of trip.evidence)
        evidence.set(layer.path, evidenceTogether(evidence.get(layer.path), layer));
      await breathe();
    }
    return {
      errors: summary(total.data, total.beforeRounding, bijection.traits.levels !== undefined),
      byExample: (total.beforeRounding ?? total.data).byRow,
      evidence: [...evidence.values()],
    };
  };

  const { errors, byExample, evidence } = await measure({
    ...(tolerance !== undefined && { tolerance }),
    ...(maxIterations !== undefined && { maxIterations }),
    ...(method !== undefined && { method }),
    onCap,
  });
  const byIterations: ({ iterations: number } & ReconstructionError)[] = [];
  for (const iterations of iterationCounts) {
    const capped = await measure({
      maxIterations: iterations,
      tolerance: unreachable,
      onCap: "return",
      ...(method !== undefined && { method }),
    });
    byIterations.push({ iterations, ...capped.errors });
  }
  const measured = roundsBack(layers) ? layers.slice(1) : layers;
  const sensitivity = errorBounds === "certified" ? await inverseSensitivity(measured) : undefined;
  return {
    ...errors,
    examples: byExample.map((error, i) => ({
      error,
      errorBound: sensitivity && boundOf(i, evidence, sensitivity),
    })),
    iterations: Math.max(0, ...evidence.map((layer) => layer.iterations)),
    evidence,
    byIterations,
    milliseconds: performance.now() - start,
  };
}

/**
 * The bound for one example: the sum over all layers of the layer's own bound, multiplied by how much it can grow on the way
 * back to the data.
 */
function boundOf(
  example: number,
  evidence: readonly InverseEvidence[],
  { afterwards }: InverseSensitivity,
): number {
  return evidence.reduce(
    (total, { path, rows }) => total + rows[example]!.errorBound * (afterwards.get(path) ?? Infinity),
    0,
  );
}

/**
 * A tolerance that is never met, so that exactly the requested number of iterations is made, unless float32 comes to rest
 * earlier.
 */
const unreachable = 1e-30;
const none: Difference = { max: 0, sum: 0, count: 0, unequal: 0, byRow: [] };

function together(a: Difference, b: Difference): Difference {
  return {
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    count: a.count + b.count,
    unequal: a.unequal + b.unequal,
    byRow: [...a.byRow, ...b.byRow],
  };
}

function evidenceTogether(a: InverseEvidence | undefined, b: InverseEvidence): InverseEvidence {
  if (!a) return b;
  return {
    ...b,
    iterations: Math.max(a.iterations, b.iterations),
    residual: Math.max(a.residual, b.residual),
    errorBound: Math.max(a.errorBound, b.errorBound),
    converged: a.converged && b.converged,
    rows: [...a.rows, ...b.rows],
  };
}

function summary(
  data: Difference,
  beforeRounding: Difference | undefined,
  ofIntegers: boolean,
): ReconstructionError {
  const of = ({ max, sum, count }: Difference) => ({ maxError: max, meanError: sum / count });
  return {
    ...of(data),
    beforeRounding: beforeRounding && of(beforeRounding),
    wrongIntegers: ofIntegers ? data.unequal : undefined,
  };
}
