import { checkBetween, checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import type { RefreshOptions } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import { backwards } from "../gradients/backward.ts";
import type { Backward } from "../gradients/backward.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { ParameterAverage } from "../optimizers/parameter-average.ts";
import type { Schedule } from "./schedule.ts";

export interface TrainOptions {
  /** Its parameters and state are changed in place. */
  readonly flow: Flow;
  readonly data: ExampleSet;
  /** At most as many as there are examples. */
  readonly batchSize: number;
  /** Number of the last step; a resumed run counts on from its checkpoint. */
  readonly steps: number;
  readonly optimizer: Optimizer;
  /** Everything random derives from this key: order of the data, noise of each step, data-dependent start. */
  readonly random: Random;
  /** Scales the gradient down to this norm over all parameters where it is longer. Default: no clipping. */
  readonly clipNorm?: number | undefined;
  /** The learning rate grows linearly over so many steps. Default 0. */
  readonly warmupSteps?: number | undefined;
  /** Multiplies the learning rate; a pure function of the step. */
  readonly schedule?: Schedule | undefined;
  /** What is remembered for the gradient: time against memory. Default "whole". */
  readonly backward?: Backward | undefined;
  /** After every step, for state that follows the parameters (spectral norms). Default one iteration. */
  readonly refresh?: RefreshOptions | undefined;
  /** Once, after the last step and its checkpoint, so that the bounds hold in evaluation. Default tolerance 1e-3. */
  readonly finalRefresh?: RefreshOptions | undefined;
  /** Examples for the data-dependent start; 0 leaves the flow as it is. Default max(batchSize, 512), at most all. */
  readonly initialExamples?: number | undefined;
  readonly averaging?: ParameterAverage | undefined;
  /** Steps between readbacks and "step" events. Default 1. */
  readonly reportEvery?: number | undefined;
  /** Saves every `every` steps (default: never in between), and always at the end, also when aborted. */
  readonly checkpoint?: { readonly store: CheckpointStore; readonly every?: number | undefined } | undefined;
  /** Whether to go on from the checkpoint in the store. Default "never". */
  readonly resume?: "never" | "if-present" | "required" | undefined;
  /** Stops after the current step. */
  readonly signal?: AbortSignal | undefined;
}

/** Options with the defaults filled in. */
export interface TrainSettings extends TrainOptions {
  readonly warmupSteps: number;
  readonly backward: Backward;
  readonly refresh: RefreshOptions;
  readonly finalRefresh: RefreshOptions;
  readonly initialExamples: number;
  readonly reportEvery: number;
  readonly resume: "never" | "if-present" | "required";
}

/** @throws ArgumentError or ShapeError naming the option. */
export function trainSettings(options: TrainOptions): TrainSettings {
  const { flow, data, batchSize, steps, clipNorm, averaging, checkpoint } = options;
  checkExamples("train", data, flow);
  checkPositiveInteger("train.batchSize", batchSize);
  if (batchSize > data.count)
    fail("train.batchSize", `at most the ${data.count} examples there are`, batchSize);
  const settings: TrainSettings = {
    ...options,
    warmupSteps: options.warmupSteps ?? 0,
    backward: options.backward ?? "whole",
    refresh: options.refresh ?? { iterations: 1 },
    finalRefresh: options.finalRefresh ?? { tolerance: 1e-3 },
    initialExamples: options.initialExamples ?? Math.min(data.count, Math.max(batchSize, 512)),
    reportEvery: options.reportEvery ?? 1,
    resume: options.resume ?? "never",
  };
  checkPositiveInteger("train.steps", steps);
  checkPositiveInteger("train.reportEvery", settings.reportEvery);
  checkCount("train.warmupSteps", settings.warmupSteps, Infinity);
  checkCount("train.initialExamples", settings.initialExamples, data.count);
  if (clipNorm !== undefined) checkBetween("train.clipNorm", clipNorm, 0, Infinity);
  if (averaging && averaging.flow !== flow)
    fail("train.averaging", "an average of this flow", "one of another flow");
  if (checkpoint?.every !== undefined) checkPositiveInteger("train.checkpoint.every", checkpoint.every);
  if (!backwards.includes(settings.backward))
    fail("train.backward", `"whole", "checkpointed" or "reversible"`, settings.backward);
  if (!["never", "if-present", "required"].includes(settings.resume))
    fail("train.resume", `"never", "if-present" or "required"`, settings.resume);
  if (settings.resume !== "never" && !checkpoint) fail("train.checkpoint", `a store to resume from`, "none");
  return settings;
}

/** The settings that decide the numbers, bit by bit. A schedule without `config` cannot be compared. */
export function comparableSettings(settings: TrainSettings): JsonObject {
  const { batchSize, optimizer, clipNorm, warmupSteps, schedule, backward } = settings;
  const { refresh, finalRefresh, initialExamples, averaging } = settings;
  return {
    batchSize,
    optimizer: { name: optimizer.name, ...optimizer.config },
    clipNorm: clipNorm ?? null,
    warmupSteps,
    schedule: schedule ? (schedule.config ?? "a function") : "none",
    backward,
    refresh: { ...refresh } as JsonObject,
    finalRefresh: { ...finalRefresh } as JsonObject,
    initialExamples,
    averagingDecay: averaging?.decay ?? null,
  };
}

function checkCount(where: string, value: number, largest: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0 && value <= largest))
    fail(where, largest === Infinity ? "an integer, at least 0" : `an integer in [0, ${largest}]`, value);
}
