import { checkFlow } from "@invertible/flow";
import { checkRandom } from "@invertible/ops";
import { checkBetween, checkMembers, checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { Random, Variable } from "@invertible/ops";
import type { RefreshOptions } from "@invertible/bijection";
import type { Flow } from "@invertible/flow";
import { backwards } from "../gradients/backward.ts";
import { eager } from "../engines/eager.ts";
import type { Engine } from "../engines/engine.ts";
import type { Backward } from "../gradients/backward.ts";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { checkAugmentations } from "../data/augmentation.ts";
import type { Augmentation } from "../data/augmentation.ts";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { maximumLikelihood } from "../objectives/maximum-likelihood.ts";
import { checkObjective } from "../objectives/objective.ts";
import type { Objective, TrainedModel } from "../objectives/objective.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { ParameterAverage } from "../optimizers/parameter-average.ts";
import type { Schedule } from "./schedule.ts";

/** Options of `train` for a flow. */
export interface TrainOptions extends TrainLoopOptions {
  /** The flow to train by maximum likelihood, short for `objective: maximumLikelihood(flow)`. It is changed in place. */
  readonly flow: Flow;
  readonly objective?: undefined;
}

/** Options of `train` for any objective. */
export interface TrainObjectiveOptions<Term extends string = string> extends TrainLoopOptions {
  /** What to minimise, such as `minimumCrossEntropy(classifier)`. The variables of its model are changed in place. */
  readonly objective: Objective<Term>;
  readonly flow?: undefined;
}

/** Options of `train`, whatever is minimised. */
export interface TrainLoopOptions {
  /** The training examples. */
  readonly data: ExampleSet;
  /** Number of examples in each step, at most as many as there are. */
  readonly batchSize: number;
  /** Number of the last step. A resumed run counts on from the step of its checkpoint. */
  readonly steps: number;
  /** The optimiser, such as `adam()`. */
  readonly optimizer: Optimizer;
  /**
   * The key from which everything random derives: the order of the data, the noise of each step, and the data-dependent start.
   */
  readonly random: Random;
  /**
   * Largest Euclidean norm of the gradient over all parameters. A longer gradient is scaled down to it. Default: no clipping.
   */
  readonly clipNorm?: number | undefined;
  /** Number of steps over which the learning rate grows linearly from 0. Default 0. */
  readonly warmupSteps?: number | undefined;
  /** Multiplies the learning rate. It must be a pure function of the step. Default: 1 at every step. */
  readonly schedule?: Schedule | undefined;
  /** What is remembered for the gradient, which trades time for memory. Default "whole". */
  readonly backward?: Backward | undefined;
  /**
   * Number of examples whose gradient is computed at a time, a divisor of `batchSize`. The gradient of a step is the mean over its
   * micro-batches, so a smaller number needs less memory and trains the same way ("gradient accumulation"), but for batch
   * norms, whose statistics are those of a micro-batch. Each micro-batch draws noise of its own, so another number gives other random numbers. Default: `batchSize`.
   */
  readonly microBatchSize?: number | undefined;
  /** How state that follows the parameters, such as spectral norms, is updated after every step. Default: one iteration. */
  readonly refresh?: RefreshOptions | undefined;
  /**
   * How it is updated once more, after the last step and its checkpoint, so that the bounds hold in evaluation. Default: to a
   * tolerance of 1e-3.
   */
  readonly finalRefresh?: RefreshOptions | undefined;
  /**
   * Number of examples for the data-dependent start. With 0 the model is left as it is. Default max(batchSize, 512), or all
   * examples if there are fewer.
   */
  readonly initialExamples?: number | undefined;
  /**
   * Random changes of the examples of every batch, applied in order, such as `[randomFlip()]`. The data-dependent start sees
   * changed examples too. Conditions stay as they are. Default: none.
   */
  readonly augment?: readonly Augmentation[] | undefined;
  /** An average of the parameters to keep up to date. Default: none. */
  readonly averaging?: ParameterAverage | undefined;
  /** Number of steps between two "step" events. Numbers are read back only then. Default 1. */
  readonly reportEvery?: number | undefined;
  /**
   * Where checkpoints are saved. One is always saved at the end, also when training is aborted. `every` saves one in every so
   * many steps; default: none in between.
   */
  readonly checkpoint?: { readonly store: CheckpointStore; readonly every?: number | undefined } | undefined;
  /**
   * Whether to continue from the checkpoint in the store. "if-present" starts over where there is none, "required" throws an
   * ArgumentError. Default "never".
   */
  readonly resume?: "never" | "if-present" | "required" | undefined;
  /** Stops training after the current step. */
  readonly signal?: AbortSignal | undefined;
  /** What makes the steps. Default `eager()`, which runs each operation on the active backend. */
  readonly engine?: Engine | undefined;
}

/** The options of `train` with their defaults filled in. */
export interface TrainSettings extends TrainLoopOptions {
  readonly objective: Objective;
  readonly warmupSteps: number;
  readonly backward: Backward;
  readonly microBatchSize: number;
  readonly refresh: RefreshOptions;
  readonly finalRefresh: RefreshOptions;
  readonly initialExamples: number;
  readonly augment: readonly Augmentation[];
  readonly reportEvery: number;
  readonly resume: "never" | "if-present" | "required";
  readonly engine: Engine;
}

/**
 * Checks the options of `train`, and fills in their defaults.
 *
 * @throws ArgumentError or ShapeError naming the option.
 */
export function trainSettings<Term extends string>(
  options: TrainOptions | TrainObjectiveOptions<Term>,
): TrainSettings {
  const { flow, data, batchSize, steps, clipNorm, averaging, checkpoint, ...others } = options;
  if ((flow === undefined) === (options.objective === undefined))
    fail("train", "either a flow or an objective", flow === undefined ? "neither" : "both");
  if (flow !== undefined) checkFlow("train.flow", flow);
  else checkObjective("train.objective", options.objective);
  const objective: Objective = options.objective ?? maximumLikelihood(flow!);
  checkExamples("train", data, objective.trunk);
  objective.checkData?.("train.data", data);
  checkMembers("train.optimizer", "an optimiser such as adam({ learningRate: 1e-3 })", options.optimizer, [
    "update",
    "slots",
    "learningRate",
  ]);
  checkRandom("train.random", options.random);
  checkPositiveInteger("train.batchSize", batchSize);
  if (batchSize > data.count)
    fail("train.batchSize", `at most the ${data.count} examples there are`, batchSize);
  const settings: TrainSettings = {
    ...others,
    ...{ data, batchSize, steps, clipNorm, averaging, checkpoint },
    objective,
    warmupSteps: options.warmupSteps ?? 0,
    backward: options.backward ?? "whole",
    microBatchSize: options.microBatchSize ?? batchSize,
    refresh: options.refresh ?? { iterations: 1 },
    finalRefresh: options.finalRefresh ?? { tolerance: 1e-3 },
    initialExamples: options.initialExamples ?? Math.min(data.count, Math.max(batchSize, 512)),
    augment: options.augment ?? [],
    reportEvery: options.reportEvery ?? 1,
    resume: options.resume ?? "never",
    engine: options.engine ?? eager(),
  };
  checkMembers("train.engine", "an engine such as captured() of @invertible/capture", settings.engine, [
    "name",
    "prepare",
    "start",
  ]);
  checkPositiveInteger("train.microBatchSize", settings.microBatchSize);
  if (batchSize % settings.microBatchSize !== 0)
    fail("train.microBatchSize", `a divisor of the batchSize ${batchSize}`, settings.microBatchSize);
  checkAugmentations("train.augment", settings.augment);
  checkPositiveInteger("train.steps", steps);
  checkPositiveInteger("train.reportEvery", settings.reportEvery);
  checkCount("train.warmupSteps", settings.warmupSteps, Infinity);
  checkCount("train.initialExamples", settings.initialExamples, data.count);
  if (clipNorm !== undefined) checkBetween("train.clipNorm", clipNorm, 0, Infinity);
  if (averaging && !sameVariables(averaging.model, objective))
    fail("train.averaging", "an average of the model that is trained", "one of another model");
  if (checkpoint?.every !== undefined) checkPositiveInteger("train.checkpoint.every", checkpoint.every);
  if (!backwards.includes(settings.backward))
    fail("train.backward", `"whole", "checkpointed" or "reversible"`, settings.backward);
  if (!["never", "if-present", "required"].includes(settings.resume))
    fail("train.resume", `"never", "if-present" or "required"`, settings.resume);
  if (settings.resume !== "never" && !checkpoint) fail("train.checkpoint", `a store to resume from`, "none");
  return settings;
}

/** The settings that decide the numbers, bit by bit. A schedule without `config` cannot be compared with another. */
export function comparableSettings(settings: TrainSettings, engineConfig: JsonObject): JsonObject {
  const { batchSize, microBatchSize, optimizer, clipNorm, warmupSteps, schedule, backward } = settings;
  const { refresh, finalRefresh, initialExamples, augment, averaging, engine, objective } = settings;
  return {
    // Left out for maximum likelihood, which had no name once.
    ...(!(objective.name === "maximumLikelihood" && Object.keys(objective.config).length === 0) && {
      objective: { name: objective.name, config: objective.config },
    }),
    batchSize,
    // Likewise for the default.
    ...(microBatchSize !== batchSize && { microBatchSize }),
    optimizer: { name: optimizer.name, ...optimizer.config },
    clipNorm: clipNorm ?? null,
    warmupSteps,
    schedule: schedule ? (schedule.config ?? "a function") : "none",
    backward,
    refresh: { ...refresh } as JsonObject,
    finalRefresh: { ...finalRefresh } as JsonObject,
    initialExamples,
    // Likewise.
    ...(augment.length > 0 && { augment: augment.map(({ name, config }) => ({ name, ...config })) }),
    averagingDecay: averaging?.decay ?? null,
    // Likewise.
    ...(engine.name !== "eager" && { engine: { name: engine.name, ...engineConfig } }),
  };
}

/** Whether two models have the same parameters and state, in the same order. */
function sameVariables(one: TrainedModel, other: TrainedModel): boolean {
  const [a, b] = [one, other].map(({ parameters, state }) => [
    ...Object.values(parameters),
    ...Object.values(state),
  ]) as [Variable[], Variable[]];
  return a.length === b.length && a.every((variable, i) => variable === b[i]);
}

function checkCount(where: string, value: number, largest: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0 && value <= largest))
    fail(where, largest === Infinity ? "an integer, at least 0" : `an integer in [0, ${largest}]`, value);
}
