import type { Objective } from "@invertible/trainer";

/** One part of a training, such as the fine-tuning after the pre-training. */
export interface TrainingStage {
  /** Shown while it runs. */
  readonly name: string;
  readonly objective: Objective;
  /** Which part of the steps it gets. Those of all stages add up to 1. */
  readonly share: number;
  /** Multiplies the learning rate of the model. Default 1. */
  readonly rate?: number;
  /**
   * What it trains on. Default: all examples. "labelled": those whose class is known. "balanced": all of them, where those whose class is
   * known are repeated until they are about half. With `pseudoLabels`, those whose class is known and this share of the others: those whose class the
   * model so far names with the highest probabilities.
   */
  readonly examples?: "all" | "labelled" | "balanced" | { readonly pseudoLabels: number };
}
