import type { StepRequest } from "@invertible/trainer";
import { writeTensor } from "./arrays.ts";
import { carriedOf, namesOf } from "./native-carried.ts";
import { examplesInputs, openGraph, scalarInputs } from "./step-graph.ts";
import type { CaptureRequest, CapturedStep } from "./step-graph.ts";
import { stepInParts } from "./step-in-parts.ts";

/**
 * Makes one step on the active backend, records it, and opens it as native graphs. Nothing is left of that step: the next one starts
 * from where this one did.
 *
 * @throws UnsupportedError for a step that cannot be recorded.
 */
export async function captureStep(capture: CaptureRequest): Promise<CapturedStep> {
  const { request, training } = capture;
  const whole = request.batch.shape[0]! <= training.microBatchSize;
  const { fits, ...step } = await (whole ? wholeStep(capture) : stepInParts(capture));
  const shapes = shapesOf(request);
  return { ...step, fits: (other) => shapesOf(other) === shapes && fits(other) };
}

/** A step as one graph. */
async function wholeStep(capture: CaptureRequest): Promise<CapturedStep> {
  const { base, request, refreshes } = capture;
  const graph = await openGraph(capture, request.call.random!, async (recorded) => {
    const { ports, own, examples, scalars, carriedOutputs } = recorded;
    const report = own(await base.step({ ...(await examples(request)), scalars: scalars() }));
    if (refreshes) await base.refresh();
    ports.output("report", report);
    carriedOutputs();
  });
  return {
    fits: ({ call }) => graph.fits(call.random!),
    longestLoop: ({ call }) => graph.longestLoop(call.random!),
    async run(next, carried) {
      const results = await graph.run(next.call.random!, {
        ...namesOf(carried),
        ...(await examplesInputs(next)),
        ...scalarInputs(next),
      });
      return { report: writeTensor(results["report"]!), carried: carriedOf(results, carried) };
    },
    release: () => graph.release(),
  };
}

function shapesOf({ batch, target, call }: StepRequest): string {
  return JSON.stringify([batch.shape, call.condition?.shape, target?.shape]);
}
