import type { JsonObject } from "@invertible/errors";
import type { Tensor } from "@invertible/ops";

/**
 * A first-order optimiser on ONE flat vector of all parameters: its state is a few flat vectors ("slots") as long,
 * and an update is a dozen large operations whatever the number of layers. Build one with `adam` or `adamax`.
 */
export interface Optimizer {
  readonly name: string;
  /** Before warm-up and schedule. */
  readonly learningRate: number;
  /** Everything a resumed run must agree on. */
  readonly config: JsonObject;
  /** Names of the slots. All are zero before the first step. */
  readonly slots: readonly string[];
  /** Pure: returns new tensors, none of those it was given, and disposes of nothing. Called inside `tidy`. */
  update(request: UpdateRequest): Updated;
}

export interface UpdateRequest {
  /** [N] */
  readonly parameters: Tensor;
  /** [N], clipped. */
  readonly gradient: Tensor;
  /** Each [N], in the order of `Optimizer.slots`. */
  readonly slots: readonly Tensor[];
  /** Number of this step, from 1. */
  readonly step: number;
  /** After warm-up and schedule. */
  readonly learningRate: number;
}

export interface Updated {
  readonly parameters: Tensor;
  readonly slots: readonly Tensor[];
}
