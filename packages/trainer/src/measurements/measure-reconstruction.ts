import { checkPositiveInteger, fail } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import type { InverseEvidence, SolveOptions } from "@invertible/bijection";
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

export interface MeasureReconstructionOptions {
  readonly flow: Flow;
  readonly data: ExampleSet;
  readonly random: Random;
  /** Default 256. */
  readonly batchSize?: number | undefined;
  /** Of each iterative layer, see `SolveOptions`. */
  readonly tolerance?: number | undefined;
  readonly maxIterations?: number | undefined;
  readonly method?: string | undefined;
  /** At the cap: throw (default), or go on and say so in the evidence. */
  readonly onCap?: "throw" | "return" | undefined;
  /** Also measures the error after exactly so many iterations of every iterative layer, for a plot. */
  readonly iterationCounts?: readonly number[] | undefined;
  /**
   * "certified" also bounds every example's error: what the evidence of each iterative layer allows, times the proven Lipschitz
   * constants of the inverses it still goes through. Proving takes up to seconds per convolution. Default "none".
   */
  readonly errorBounds?: "none" | "certified" | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReconstructionError {
  /** Largest and mean |x - inverse(forward(x))| over all elements of all examples, in the data's units. */
  readonly maxError: number;
  readonly meanError: number;
  /**
   * For flows that dequantise, whose inverse rounds: the same before rounding, in units of the first layer's output (for
   * `uniformDequantisation` the range of the pixels is 1). Undefined for other flows.
   */
  readonly beforeRounding: { readonly maxError: number; readonly meanError: number } | undefined;
}

export interface ExampleError {
  /** Euclidean norm of x - inverse(forward(x)); before rounding, for flows that dequantise. */
  readonly error: number;
  /**
   * At least the part of `error` that the iterations leave; Infinity where a layer proves no constant; undefined unless asked for.
   * Rounding inside analytic layers is not in it, nor what the forward direction leaves where it solves an equation too.
   */
  readonly errorBound: number | undefined;
}

export interface Reconstruction extends ReconstructionError {
  /** Most iterations any layer took for any example; 0 where every inverse is analytic. */
  readonly iterations: number;
  /** In the order of the data. */
  readonly examples: readonly ExampleError[];
  /** Per iterative layer the worst over all batches; its rows are the examples, in the order of the data. */
  readonly evidence: readonly InverseEvidence[];
  readonly byIterations: readonly ({ readonly iterations: number } & ReconstructionError)[];
  readonly milliseconds: number;
}

/**
 * How well a flow inverts itself: forward, then the adaptive inverse, compared with the data.
 *
 * @throws ArgumentError or ShapeError for data that do not fit the flow.
 * @throws NotConvergedError where an inverse reaches its iteration cap, unless `onCap` is "return".
 */
export async function measureReconstruction(options: MeasureReconstructionOptions): Promise<Reconstruction> {
  const { flow, data, random, batchSize = 256, iterationCounts = [], signal } = options;
  const { tolerance, maxIterations, method, onCap = "throw", errorBounds = "none" } = options;
  const where = "measureReconstruction";
  checkExamples(where, data, flow);
  checkPositiveInteger(`${where}.batchSize`, batchSize);
  for (const count of iterationCounts) checkPositiveInteger(`${where}.iterationCounts`, count);
  if (tolerance !== undefined && !(tolerance > 0)) fail(`${where}.tolerance`, "a positive number", tolerance);
  if (!["none", "certified"].includes(errorBounds))
    fail(`${where}.errorBounds`, `"none" or "certified"`, errorBounds);
  const start = performance.now();
  const breathe = createBreather();
  const layers = chainLayers(flow.bijection, "bijection");
  const measure = async (solve: SolveOptions) => {
    const total = { data: none, beforeRounding: undefined as Difference | undefined };
    const evidence = new Map<string, InverseEvidence>();
    for (let first = 0; first < data.count; first += batchSize) {
      signal?.throwIfAborted();
      const rows = Int32Array.from({ length: Math.min(batchSize, data.count - first) }, (_, i) => first + i);
      const key = random.fold("reconstruction").fold(first);
      const trip = await withBatch(where, data, rows, (batch, given) =>
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
      errors: summary(total.data, total.beforeRounding),
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

/** Every layer's own bound for one example, as large as it can become on the way back to the data; added up. */
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

/** So that exactly the asked number of iterations is made, unless float32 comes to rest earlier. */
const unreachable = 1e-30;
const none: Difference = { max: 0, sum: 0, count: 0, byRow: [] };

function together(a: Difference, b: Difference): Difference {
  return {
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    count: a.count + b.count,
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

function summary(data: Difference, beforeRounding: Difference | undefined): ReconstructionError {
  const of = ({ max, sum, count }: Difference) => ({ maxError: max, meanError: sum / count });
  return { ...of(data), beforeRounding: beforeRounding && of(beforeRounding) };
}
