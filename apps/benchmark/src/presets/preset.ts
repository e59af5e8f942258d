import type { DataKind } from "../catalogue/data-kind.ts";
import type { ModelSize } from "../catalogue/model-entry.ts";

/** What is trained when the command line names nothing, and how large, with which batches, measured how. */
export interface Preset {
  readonly name: string;
  readonly summary: string;
  /** Names of the models and data sets of a run that names none. */
  readonly models: readonly string[];
  readonly datasets: readonly string[];
  /**
   * Set for a table, which is asked for by `table <name>` and filled over days and machines: a run of it that is resumed may add
   * models, data sets and seeds.
   */
  readonly table?: {
    /** How long every model trains where the command line does not say. Default: for its own number of steps. */
    readonly budgetSeconds?: number;
  };
  /** By kind of data. A data set of another kind cannot be trained with this preset. */
  readonly workloads: Readonly<Partial<Record<DataKind, Workload>>>;
}

/** What all models and data sets of one kind share. Budgets are steps, never seconds, and each model states its own. */
export interface Workload {
  readonly size: ModelSize;
  readonly batchSize: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
  /** The most that are taken. */
  readonly trainExamples: number;
  readonly testExamples: number;
  readonly evaluation: EvaluationSettings;
}

/** How the trained models are measured. */
export interface EvaluationSettings {
  readonly batchSize: number;
  /** Held-out examples that are inverted. */
  readonly reconstructions: number;
  /** Points of the curve of the inverse's error. */
  readonly iterationCounts: readonly number[];
  /** Drawn for the report. */
  readonly samples: number;
}
