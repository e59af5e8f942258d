import type { Call, RefreshOptions } from "@invertible/bijection";
import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";
import type { Backward } from "../gradients/backward.ts";
import type { BatchGradient } from "../gradients/batch-gradient.ts";
import type { Objective } from "../objectives/objective.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { ParameterAverage } from "../optimizers/parameter-average.ts";
import type { ParameterLayout } from "../optimizers/parameter-layout.ts";

/**
 * What makes the steps of a training. The default, `eager()`, runs each operation on the active backend of TensorFlow.js.
 * `captured()` of `@invertible/capture` runs a step as one native graph.
 */
export interface Engine {
  /** Name of the engine: "eager". */
  readonly name: string;
  /**
   * Loads what the engine needs. Returns what a resumed run must have in common to get the same bits, beside the settings of `train`.
   *
   * @throws UnsupportedError where the engine cannot work here.
   */
  prepare(): Promise<JsonObject>;
  /** Starts to work for one training, after `prepare`. Nothing is computed yet. */
  start(training: Training): TrainingState;
}

/** What an engine needs to know of a training. */
export interface Training {
  /** What is minimised. Its variables are those that a step changes. */
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** Largest norm of the gradient. Absent where it is not clipped. */
  readonly clipNorm?: number | undefined;
  /** An average of the parameters to keep up to date. */
  readonly averaging?: ParameterAverage | undefined;
  /** What is remembered for the gradient. */
  readonly backward: Backward;
  /** Number of examples whose gradient is computed at a time. */
  readonly microBatchSize: number;
  /** How state that follows the parameters is updated after a step. */
  readonly refresh: RefreshOptions;
}

/** Everything that a step changes. */
export interface Carried {
  /** All parameters in the order of the layout, [N]. */
  readonly parameters: Tensor;
  /** The slots of the optimiser, each [N]. */
  readonly slots: readonly Tensor[];
  /** The average of the parameters, [N]. Absent where there is none. */
  readonly average?: Tensor | undefined;
  /** The state of the layers, in the order of `objective.state`. Absent where it stays as it is. */
  readonly states?: readonly Tensor[] | undefined;
}

/** A copy of everything that a step changes, to go back to. */
export interface Snapshot {
  restore(): void;
  dispose(): void;
}

/** Everything that training changes, and the step that changes it. */
export interface TrainingState {
  /** Where each parameter lies in the flat vectors. */
  readonly layout: ParameterLayout;
  /** What the next step starts from. The tensors belong to the state. Call `sync` before. */
  readonly carried: Carried;
  /** Takes the present parameters of the model as the starting point, also of the average. */
  begin(): void;
  /**
   * Makes one step: gradient, clipping, update, average, and the state that layers propose, such as running statistics. Nothing is read back, except by iterative inverses where the backward
   * pass is "reversible".
   *
   * @returns the numbers to report, [terms + 1]: the batch means of the objective's terms, and the gradient norm. They are finite if and only
   * if the loss and every gradient are, and the norm does not overflow float32.
   */
  step(request: StepRequest): Promise<Tensor>;
  /** Updates the state of the layers that follows the parameters, once after every step. */
  refresh(): Promise<void>;
  /** Copies everything that steps and `refresh` change, to go back to. */
  snapshot(): Promise<Snapshot>;
  /** Puts the results of the steps into the variables of the model, and into `carried`, where somebody may look at them. */
  sync(): Promise<void>;
  /** Continues from the given vectors and states instead, and takes ownership of them. */
  adopt(carried: Carried): void;
  /** Frees what the state owns. */
  dispose(): void;
}

/**
 * A state whose step comes in two parts, of which other engines can record each. `step` computes the mean of the gradients of the
 * micro-batches, and then updates.
 */
export interface SplitState extends TrainingState {
  /** Computes the gradient of the loss of one micro-batch. The caller disposes of it. */
  gradient(part: Omit<StepRequest, "scalars">): Promise<BatchGradient>;
  /**
   * Clips the gradient of a step, and updates parameters, slots, average, and the state that layers propose.
   *
   * @returns the numbers to report; see `step`.
   */
  update(gradient: BatchGradient, scalars: StepRequest["scalars"]): Tensor;
}

/** What one step is made with. */
export interface StepRequest {
  /** The examples, [B, ...]. */
  readonly batch: Tensor;
  /** What the objective compares their results with, [B, ...]. Absent where the data set has no targets. */
  readonly target?: Tensor | undefined;
  /** How they are evaluated. */
  readonly call: Call;
  /** The numbers that the optimiser needs for this step; see `Optimizer.scalars`. */
  readonly scalars: Readonly<Record<string, number | Tensor>>;
}
