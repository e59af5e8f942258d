import { sizeOf, zeros } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { addGradients, meanGradient, microBatches } from "@invertible/trainer";
import type { BatchGradient } from "@invertible/trainer";
import type { RuntimeArray } from "../runtime/runtime.ts";
import { writeTensor } from "./arrays.ts";
import { carriedOf, namesOf } from "./native-carried.ts";
import { examplesInputs, openGraph, scalarInputs } from "./step-graph.ts";
import type { CaptureRequest, CapturedStep, Examples, Recorded, StepGraph } from "./step-graph.ts";

/**
 * A step as two graphs. The first adds the gradient of one micro-batch to a sum, and runs once for each. The second updates from the
 * sum. So the memory of a step is that of a micro-batch.
 */
export async function stepInParts(capture: CaptureRequest): Promise<CapturedStep> {
  const { base, request, refreshes, training } = capture;
  const size = training.microBatchSize;
  const count = request.batch.shape[0]! / size;
  const partsOf = (examples: Examples) => microBatches(examples, size);
  const keysOf = (examples: Examples) => Array.from(partsOf(examples), ({ call }) => call.random!);

  const adding = await captureAdding(capture, partsOf(request));
  const updating = await openGraph(capture, request.call.random!, async (recorded) => {
    const mean = meanGradient(sumsInput(recorded, adding.shapes), count);
    Object.values(namedTensors(mean)).forEach(recorded.own);
    recorded.ports.output("report", recorded.own(base.update(mean, recorded.scalars())));
    if (refreshes) await base.refresh();
    recorded.carriedOutputs();
  }).catch(async (error: unknown) => {
    await adding.release();
    throw error;
  });

  return {
    // Keys are derived only where something depends on them.
    fits: (next) => !adding.hasLoops || keysOf(next).every((key) => adding.fits(key)),
    longestLoop: (next) =>
      adding.hasLoops ? Math.max(...keysOf(next).map((key) => adding.longestLoop(key))) : 0,
    async run(next, carried) {
      const state = namesOf(carried);
      let sums = Object.fromEntries(
        Object.entries(adding.shapes).map(([name, shape]) => [name, nought(shape)]),
      );
      for (const part of partsOf(next)) {
        const inputs = { ...state, ...sums, ...(await examplesInputs(part)) };
        const results = await adding.run(part.call.random!, inputs);
        sums = Object.fromEntries(Object.keys(sums).map((name) => [name, results[`${name}'`]!]));
      }
      const results = await updating.run(next.call.random!, { ...state, ...sums, ...scalarInputs(next) });
      return { report: writeTensor(results["report"]!), carried: carriedOf(results, carried) };
    },
    async release() {
      await Promise.all([adding.release(), updating.release()]);
    },
  };
}

/** The shapes of the sums, by their names as inputs of a graph. */
type Shapes = Readonly<Record<string, Shape>>;

/** The graph that adds a gradient, recorded with the first of the parts. */
async function captureAdding(
  capture: CaptureRequest,
  parts: Iterable<Examples>,
): Promise<StepGraph & { readonly shapes: Shapes }> {
  for (const part of parts) {
    let shapes: Shapes = {};
    const graph = await openGraph(capture, part.call.random!, async (recorded) => {
      const more = await capture.base.gradient(await recorded.examples(part));
      shapes = Object.fromEntries(
        Object.entries(namedTensors(more)).map(([name, { shape }]) => [name, [...shape]]),
      );
      const added = addGradients(sumsInput(recorded, shapes), more);
      for (const [name, tensor] of Object.entries(namedTensors(added)))
        recorded.ports.output(`${name}'`, recorded.own(tensor));
    });
    return { ...graph, shapes };
  }
  throw new Error("captureAdding: expected at least one part");
}

/** Declares the sums so far as inputs. */
function sumsInput({ ports, own }: Recorded, shapes: Shapes): BatchGradient {
  const states: Record<string, Tensor> = {};
  const read: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const sum = own(zeros([...shape]));
    ports.input(name, sum);
    if (name.startsWith(statePrefix)) states[name.slice(statePrefix.length)] = sum;
    else read[name] = sum;
  }
  return { means: read["means"]!, gradient: read["gradient"]!, states };
}

const statePrefix = "proposed.";

/** The tensors of a gradient by their names as inputs of a graph. As outputs they have a prime. */
function namedTensors({ means, gradient, states }: BatchGradient): Readonly<Record<string, Tensor>> {
  const proposed = Object.entries(states).map(([name, state]) => [statePrefix + name, state] as const);
  return { means, gradient, ...Object.fromEntries(proposed) };
}

const nought = (shape: Shape): RuntimeArray => ({
  dtype: "float32",
  shape: [...shape],
  data: new Float32Array(sizeOf(shape)),
});
