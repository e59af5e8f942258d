import { disposeFlow } from "@invertible/flow";
import { createRandom, peakBytes } from "@invertible/ops";
import { adam, train } from "@invertible/trainer";
import type { ExampleSet } from "@invertible/trainer";
import { buildNetwork, depths } from "./gradient-modes.ts";
import type { GradientMode, NetworkSize } from "./gradient-modes.ts";
import { median } from "./median.ts";

export interface GradientCost {
  /** Milliseconds per training step at the smaller depth. */
  readonly milliseconds: number;
  /** Bytes of tensors at the height of a step, above those before it: one figure for each of `depths`. */
  readonly peaks: readonly number[];
}

const warmupSteps = 1;
const timedSteps = 5;

export async function measureGradientMode(mode: GradientMode, size: NetworkSize): Promise<GradientCost> {
  const random = createRandom(1);
  const data = images(size, warmupSteps + 1);
  let milliseconds = NaN;
  const peaks: number[] = [];
  for (const blocks of depths) {
    const flow = buildNetwork(size, mode.series, blocks, random.fold("start"));
    const steps = blocks === depths[0] ? warmupSteps + timedSteps : warmupSteps + 1;
    const times: number[] = [];
    try {
      const events = train({
        flow,
        data,
        batchSize: size.batchSize,
        steps,
        optimizer: adam({ learningRate: 1e-3 }),
        random: random.fold("training"),
        initialExamples: 0,
        backward: mode.backward,
      });
      // The generator runs a step when the next event is asked for.
      const next = () => events.next();
      let last = await next();
      while (!last.done) {
        if (last.value.kind === "step" && last.value.step > warmupSteps) times.push(last.value.milliseconds);
        // Watching memory costs time, so the step that is watched is not one of those timed.
        const isWatched = last.value.kind === "initialised";
        if (!isWatched) last = await next();
        else {
          const watched = await peakBytes(next);
          peaks.push(watched.peakBytes);
          last = watched.result;
        }
      }
      if (blocks === depths[0]) milliseconds = median(times);
    } finally {
      disposeFlow(flow);
    }
  }
  return { milliseconds, peaks };
}

function images({ inputShape, batchSize }: NetworkSize, batches: number): ExampleSet {
  const count = batchSize * batches;
  const size = inputShape.reduce((product, n) => product * n, count);
  return { values: createRandom(2).normalArray(size), shape: inputShape, count };
}
