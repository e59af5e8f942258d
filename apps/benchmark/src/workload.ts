import type { ActivationName } from "@invertible/ops";
import type { DatasetName } from "./catalogue/names.ts";

/** How one model is built and trained. */
export interface ModelSettings<Architecture> {
  readonly architecture: Architecture;
  readonly training: TrainingSettings;
}

export interface TrainingSettings {
  readonly steps: number;
  readonly optimizer: "adam" | "adamax";
  readonly learningRate: number;
  /** The learning rate falls along half a cosine to this fraction of itself. */
  readonly finalRate: number;
  /** Steps between checkpoints: about ten seconds' worth on one core. */
  readonly checkpointEvery: number;
}

/** What the recipes of @invertible/models are given. */
export interface VectorIResNetSettings {
  readonly blocks: number;
  readonly hidden: readonly number[];
  readonly coefficient: number;
  readonly activation: ActivationName;
}

export interface VectorGlowSettings {
  readonly steps: number;
  readonly hidden: readonly number[];
}

export interface ImageIResNetSettings {
  readonly blocksPerScale: readonly number[];
  readonly hiddenChannels: number;
  readonly coefficient: number;
  readonly activation: ActivationName;
  readonly firstScale: "full-resolution" | "squeezed";
  readonly trainingTerms: number;
  readonly evaluationTerms: number;
  readonly probes: number;
}

export interface ImageGlowSettings {
  readonly stepsPerScale: readonly number[];
  readonly width: number;
}

/** How the trained models are measured. */
export interface EvaluationSettings {
  readonly batchSize: number;
  /** Held-out examples that are inverted. */
  readonly reconstructions: number;
  /** Of each iterative layer's inverse: Euclidean error per example. */
  readonly tolerance: number;
  /** Points of the curve of the inverse's error. */
  readonly iterationCounts: readonly number[];
  /** Drawn for the report. */
  readonly samples: number;
}

interface WorkloadOf<Kind extends string, IResNet, Glow> {
  readonly kind: Kind;
  readonly datasets: readonly DatasetName[];
  readonly batchSize: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
  readonly trainExamples: number;
  readonly testExamples: number;
  readonly models: { readonly "i-resnet": ModelSettings<IResNet>; readonly glow: ModelSettings<Glow> };
  readonly evaluation: EvaluationSettings;
}

/** Data sets that share their sizes, their models and their budget. */
export type Workload =
  | WorkloadOf<"plane", VectorIResNetSettings, VectorGlowSettings>
  | WorkloadOf<"image", ImageIResNetSettings, ImageGlowSettings>;
