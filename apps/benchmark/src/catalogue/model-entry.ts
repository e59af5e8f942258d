import type { Classifier } from "@invertible/classifier";
import type { Flow } from "@invertible/flow";
import type { Random, Shape } from "@invertible/ops";
import type { DataKind } from "./data-kind.ts";
import type { TrainingStage } from "./training-stage.ts";

/** One model of the catalogue: all that the benchmark knows of it. */
export interface ModelEntry {
  /** On the command line and in file names: lower-case letters, digits and hyphens. */
  readonly name: string;
  /** In running text. */
  readonly title: string;
  /** One sentence for a reader who does not know the model. */
  readonly summary: string;
  /** Of its curves, as "#rrggbb", on a light page and on a dark one. */
  readonly color: { readonly light: string; readonly dark: string };
  /** Authors (year), title, arXiv number. */
  readonly paper: string;
  /** The kinds of data it can be built for. */
  readonly kinds: readonly DataKind[];
  /** Names of the tasks that it is built for. Default: density. */
  readonly tasks?: readonly string[];
  /** How long and how fast it is trained. Asked before it is built, and recorded with the run. */
  training(kind: DataKind, size: ModelSize): TrainingSettings;
  /** A new model of about `size.parameters` parameters. */
  build(request: BuildRequest): BuiltModel | Promise<BuiltModel>;
  /** Results of the literature. They are shown beside the data set they name, and no other. */
  readonly published: readonly PublishedResult[];
}

/** How large the models of a workload are. */
export interface ModelSize {
  /** Chooses the depth. */
  readonly name: "small" | "medium";
  /** Decides the width: every model comes as near to this number as its widths allow. */
  readonly parameters: number;
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

export interface BuildRequest {
  readonly kind: DataKind;
  /** Of one example: [features], or [height, width, channels]. */
  readonly shape: Shape;
  /** Number of classes of the examples. Undefined where they have none. */
  readonly classes?: number | undefined;
  readonly size: ModelSize;
  /** For initial weights. */
  readonly random: Random;
}

export type BuiltModel = BuiltFlow | BuiltClassifier | BuiltHybrid;

/** A model for density estimation. */
export interface BuiltFlow {
  readonly flow: Flow;
  /** What was chosen, as printed and recorded. */
  readonly architecture: Architecture;
  /**
   * In words, how log-determinants are obtained: "power series of 20 terms, 1 random probe". Whether that is exact, and the
   * bound of what is cut off, are the flow's own traits.
   */
  readonly logDet: string;
  /**
   * Whether the model solves differential equations. Its test likelihoods are then integrated with step control and not in the fixed
   * steps of training.
   */
  readonly integrates?: true;
}

/** A model for classification. */
export interface BuiltClassifier {
  readonly classifier: Classifier;
  /** What was chosen, as printed and recorded. */
  readonly architecture: Architecture;
  /** How it is trained. Default: by minimum cross entropy on all examples. */
  readonly stages?: readonly TrainingStage[];
}

/** A density and a classifier that share one network. */
export interface BuiltHybrid extends BuiltFlow {
  readonly classifier: Classifier;
  /** How it is trained. */
  readonly stages: readonly TrainingStage[];
}

export type Architecture = Readonly<Record<string, number | string | readonly number[]>>;

export interface PublishedResult {
  /** Name of the data set. */
  readonly dataset: string;
  readonly value: string;
  readonly unit: string;
  /** What the published network cost. */
  readonly budget: string;
  readonly source: string;
}
