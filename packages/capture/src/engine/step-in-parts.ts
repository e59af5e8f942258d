import { add, mul, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { microBatches } from "@invertible/trainer";
import type { BatchGradient } from "@invertible/trainer";
import type { RuntimeArray } from "../runtime/runtime.ts";
import { writeTensor } from "./arrays.ts";
import { carriedOf, namesOf } from "./native-carried.ts";
import { examplesInputs, openGraph, scalarInputs } from "./step-graph.ts";
import type { CaptureRequest, CapturedStep, Examples, Recorded } from "./step-graph.ts";

/**
 * A step as two graphs. The first adds the gradient of one micro-batch to a sum, and runs once for each. The second updates from the
 * sum. So the memory of a step is that of a micro-batch.
 */
export async function stepInParts(capture: CaptureRequest): Promise<CapturedStep> {
  const { base, request, refreshes, training } = capture;
  const size = training.microBatchSize;
  const count = request.batch.shape[0]! / size;
  const partsOf = ({ batch, call }: Examples) => microBatches(batch, call, size);
  const keysOf = (examples: Examples) => Array.from(partsOf(examples), ({ call }) => call.random!);

  const adding = await captureAdding(capture, partsOf(request));
  const updating = await openGraph(capture, request.call.random!, async (recorded) => {
    const { means, gradient } = sumsInput(capture, recorded);
    const scaled = tidy(() => ({ means: mul(means, 1 / count), gradient: mul(gradient, 1 / count) }));
    const mean = { means: recorded.own(scaled.means), gradient: recorded.own(scaled.gradient) };
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
      let sums: Record<string, RuntimeArray> = { means: nought(2), gradient: nought(base.layout.size) };
      for (const part of partsOf(next)) {
        const inputs = { ...state, ...sums, ...(await examplesInputs(part)) };
        const results = await adding.run(part.call.random!, inputs);
        sums = { means: results["means'"]!, gradient: results["gradient'"]! };
      }
      const results = await updating.run(next.call.random!, { ...state, ...sums, ...scalarInputs(next) });
      return { report: writeTensor(results["report"]!), carried: carriedOf(results, carried) };
    },
    async release() {
      await Promise.all([adding.release(), updating.release()]);
    },
  };
}

/** The graph that adds a gradient, recorded with the first of the parts. */
async function captureAdding(capture: CaptureRequest, parts: Iterable<Examples>) {
  for (const part of parts)
    return await openGraph(capture, part.call.random!, async (recorded) => {
      const sums = sumsInput(capture, recorded);
      const more = await capture.base.gradient(await recorded.examples(part));
      const added = tidy(() => ({
        means: add(sums.means, recorded.own(more.means)),
        gradient: add(sums.gradient, recorded.own(more.gradient)),
      }));
      for (const [name, tensor] of Object.entries<Tensor>(added))
        recorded.ports.output(`${name}'`, recorded.own(tensor));
    });
  throw new Error("captureAdding: expected at least one part");
}

/** Declares the sums so far as inputs. */
function sumsInput({ base }: CaptureRequest, { ports, own }: Recorded): BatchGradient {
  const sums = { means: own(zeros([2])), gradient: own(zeros([base.layout.size])) };
  ports.input("means", sums.means);
  ports.input("gradient", sums.gradient);
  return sums;
}

const nought = (size: number): RuntimeArray => ({
  dtype: "float32",
  shape: [size],
  data: new Float32Array(size),
});
