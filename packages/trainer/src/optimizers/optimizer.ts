import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";

/**
 * A first-order optimiser. It works on one flat vector of all parameters. Its state is a few flat vectors of the same length,
 * the "slots". So an update is a dozen large operations, whatever the number of layers. Make one with `adam` or `adamax`.
 */
export interface Optimizer {
  /** Name of the optimiser: "adam". */
  readonly name: string;
  /** The learning rate before warm-up and schedule. */
  readonly learningRate: number;
  /** Everything that a resumed run must have in common. */
  readonly config: JsonObject;
  /** Names of the slots. All slots are zero before the first step. */
  readonly slots: readonly string[];
  /**
   * The numbers of one step that depend on its number, counted from 1, and on the learning rate after warm-up and schedule. They are
   * computed in float64, and reach `update` as float32 tensors. So an engine can record the update once and use it for every step.
   */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  /**
   * Computes new parameters and slots. It must return new tensors, not those it was given, and dispose of nothing. Called
   * inside `tidy`.
   */
  update(request: UpdateRequest): Updated;
}

/** What `Optimizer.update` works on. N is the number of all parameters. */
export interface UpdateRequest {
  /** The present parameters, [N]. */
  readonly parameters: Tensor;
  /** The clipped gradient, [N]. */
  readonly gradient: Tensor;
  /** The present slots, each [N], in the order of `Optimizer.slots`. */
  readonly slots: readonly Tensor[];
  /** The numbers that `Optimizer.scalars` gives for this step, each a tensor of rank 0. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

/** What `Optimizer.update` returns. */
export interface Updated {
  /** The new parameters, [N]. */
  readonly parameters: Tensor;
  /** The new slots, each [N], in the order of `Optimizer.slots`. */
  readonly slots: readonly Tensor[];
}
