import { median } from "../median.ts";
import type { LineProcess } from "../processes/line-process.ts";
import type { MeasuredProgram } from "./gpu-record.ts";
import { TimeIsUp, withProcess } from "./with-process.ts";
import type { GivenUp } from "./with-process.ts";

/** A program that makes training steps in a process of its own. */
export interface TimedProgram {
  start(): LineProcess;
  /** What the process needs to be told first. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The request of a step after which the GPU has nothing left to do. */
  readonly step: string;
}

export interface Schedule {
  /** After so many seconds, the process is ended. */
  readonly seconds: number;
  /** At least 1. */
  readonly untimedSteps: number;
  readonly timedSteps: number;
  /** Called once the network is loaded, before the first step. */
  afterLoad(process: LineProcess, loaded: { readonly parameters: number }): Promise<void>;
}

type Times = Omit<MeasuredProgram, "name" | "gradient" | "microBatchSize">;

/** Times the steps of a program. Where the time is up, the steps so far count, if there are any. */
export function timeProgram(
  { start, details, step }: TimedProgram,
  { seconds, untimedSteps, timedSteps, afterLoad }: Schedule,
): Promise<Times | GivenUp> {
  return withProcess(start, seconds, async (process) => {
    const began = performance.now();
    const times: number[] = [];
    let [startUpSeconds, lastLoss, done] = [0, NaN, "loaded no network"];
    let gpuPeakBytes: number | null = null;
    try {
      await afterLoad(process, await process.request<{ readonly parameters: number }>("load", details));
      done = "made no step";
      for (let made = -untimedSteps; made < timedSteps; made++) {
        const answer = await process.request<{ readonly milliseconds: number; readonly loss: number }>(step);
        lastLoss = answer.loss;
        if (!Number.isFinite(lastLoss)) throw new Error(`expected a finite loss, received ${lastLoss}`);
        if (made === -untimedSteps) startUpSeconds = (performance.now() - began) / 1000;
        if (made >= 0) times.push(answer.milliseconds);
        done = "made no more than untimed steps";
      }
      ({ gpuPeakBytes } = await process.request<{ readonly gpuPeakBytes: number | null }>("end"));
    } catch (error) {
      if (!(error instanceof TimeIsUp)) throw error;
      if (times.length === 0)
        throw new TimeIsUp(`it ${done} in its ${seconds.toFixed(0)} s of the time budget`);
    }
    return {
      milliseconds: { minimum: Math.min(...times), median: median(times) },
      ...{ timedSteps: times.length, startUpSeconds, gpuPeakBytes, lastLoss },
    };
  });
}
