import { disposeFlow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { createRandom } from "@invertible/ops";
import { adam, train } from "@invertible/trainer";
import type { PerformanceCase } from "./cases.ts";
import { median } from "./median.ts";

export interface CaseTime {
  readonly parameters: number;
  /** Milliseconds per training step: gradient, clipping, optimiser, power iteration and readback of the loss. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

/** Times single training steps on the current backend, after warming up. */
export async function measureCase({
  build,
  data,
  batchSize,
  warmupSteps,
  timedSteps,
}: PerformanceCase): Promise<CaseTime> {
  const random = createRandom(1);
  const flow = build(random.fold("start"));
  const milliseconds: number[] = [];
  try {
    const events = train({
      flow,
      data: data(),
      batchSize,
      steps: warmupSteps + timedSteps,
      optimizer: adam({ learningRate: 1e-3 }),
      clipNorm: 50,
      random: random.fold("training"),
    });
    for await (const event of events)
      if (event.kind === "step" && event.step > warmupSteps) milliseconds.push(event.milliseconds);
    return {
      parameters: parameterCount(flow),
      median: median(milliseconds),
      fastest: Math.min(...milliseconds),
      slowest: Math.max(...milliseconds),
    };
  } finally {
    disposeFlow(flow);
  }
}
