import { disposeFlow } from "@invertible/flow";
import { createRandom, peakBytes } from "@invertible/ops";
import { adam } from "@invertible/trainer";
import type { ExampleSet } from "@invertible/trainer";
import { buildNetwork, depths } from "./gradient-modes.ts";
import type { GradientMode, NetworkSize } from "./gradient-modes.ts";
import { median } from "../median.ts";
import { stepByStep } from "../steps/step-by-step.ts";
import type { StepByStep } from "../steps/step-by-step.ts";

export interface GradientCost {
  /** Milliseconds per training step at the smaller depth. */
  readonly milliseconds: number;
  /** Bytes of tensors at the height of a step, above those before it: one figure for each of `depths`. */
  readonly peaks: readonly number[];
}

const warmupSteps = 2;
const timedSteps = 5;

/**
 * Memory first, one network after the other; then times, one step of each in turn, so that whatever else the machine does
 * falls on all of them.
 */
export async function measureGradients(
  modes: readonly GradientMode[],
  size: NetworkSize,
): Promise<GradientCost[]> {
  const peaks: number[][] = [];
  for (const mode of modes) {
    const own: number[] = [];
    for (const blocks of depths) own.push(await using(startRun(mode, size, blocks), peakOfStep));
    peaks.push(own);
  }
  const times = await stepTimes(modes.map((mode) => startRun(mode, size, depths[0])));
  return times.map((own, i) => ({ milliseconds: median(own), peaks: peaks[i]! }));
}

/** Of the second step: the first also makes the optimiser's slots. */
async function peakOfStep({ step }: Run): Promise<number> {
  await step();
  return (await peakBytes(step)).peakBytes;
}

async function stepTimes(runs: readonly Run[]): Promise<number[][]> {
  const times = runs.map((): number[] => []);
  try {
    for (let round = 0; round < warmupSteps + timedSteps; round++)
      for (const [i, { step }] of runs.entries()) {
        const { milliseconds } = await step();
        if (round >= warmupSteps) times[i]!.push(milliseconds);
      }
    return times;
  } finally {
    for (const run of runs) await run.end();
  }
}

type Run = StepByStep;

function startRun(mode: GradientMode, size: NetworkSize, blocks: number): Run {
  const random = createRandom(1);
  const flow = buildNetwork(size, mode.series, blocks, random.fold("start"));
  const steps = warmupSteps + timedSteps;
  const run = stepByStep({
    flow,
    data: images(size, steps),
    batchSize: size.batchSize,
    steps,
    optimizer: adam({ learningRate: 1e-3 }),
    random: random.fold("training"),
    initialExamples: 0,
    backward: mode.backward,
  });
  return {
    step: run.step,
    async end() {
      await run.end();
      disposeFlow(flow);
    },
  };
}

async function using<T>(run: Run, use: (run: Run) => Promise<T>): Promise<T> {
  try {
    return await use(run);
  } finally {
    await run.end();
  }
}

function images({ inputShape, batchSize }: NetworkSize, batches: number): ExampleSet {
  const count = batchSize * batches;
  const size = inputShape.reduce((product, n) => product * n, count);
  return { values: createRandom(2).normalArray(size), shape: inputShape, count };
}
