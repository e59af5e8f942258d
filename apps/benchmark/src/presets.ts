/**
 * What each preset trains, in numbers: the one file to edit when budgets change. Budgets are steps, never seconds, so
 * the same seed gives the same numbers on any machine.
 */
import type { DatasetName, ModelName, PresetName } from "./catalogue/names.ts";

/** How one model is built and trained on one workload. */
export interface ModelSettings {
  readonly architecture: Readonly<Record<string, number | string | readonly number[]>>;
  readonly steps: number;
  readonly optimizer: "adam" | "adamax";
  readonly learningRate: number;
  /** The learning rate falls along half a cosine to this fraction of itself. */
  readonly finalRate: number;
  /** Steps between checkpoints: about ten seconds' worth on one core. */
  readonly checkpointEvery: number;
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

/** Data sets that share their sizes, their models and their budget. */
export interface Workload {
  readonly datasets: readonly DatasetName[];
  readonly batchSize: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
  readonly trainExamples: number;
  readonly testExamples: number;
  readonly evaluation: EvaluationSettings;
  readonly models: Readonly<Record<ModelName, ModelSettings>>;
}

export interface Preset {
  readonly summary: string;
  readonly workloads: readonly Workload[];
}

/** Two-dimensional toys: 10 residual blocks against as many couplings as give the same number of parameters. */
const plane: Workload = {
  datasets: ["moons", "checkerboard", "8gaussians", "2spirals"],
  batchSize: 256,
  warmupSteps: 20,
  clipNorm: 10,
  trainExamples: 50_000,
  testExamples: 10_000,
  evaluation: { batchSize: 2000, reconstructions: 2000, tolerance: 1e-5, iterationCounts: [1, 2, 3, 5, 8, 12, 20, 32, 50, 80], samples: 2000 },
  models: {
    "i-resnet": {
      architecture: { blocks: 10, hidden: [64, 64, 64], coefficient: 0.97, activation: "lipSwish" },
      steps: 600,
      optimizer: "adam",
      learningRate: 5e-3,
      finalRate: 0.02,
      checkpointEvery: 200,
    },
    glow: { architecture: { steps: 10, hidden: [64, 64, 64] }, steps: 1200, optimizer: "adam", learningRate: 2e-3, finalRate: 0.02, checkpointEvery: 400 },
  },
};

const glyphs: Workload = {
  datasets: ["glyphs"],
  batchSize: 32,
  warmupSteps: 20,
  clipNorm: 50,
  trainExamples: 10_000,
  testExamples: 256,
  evaluation: { batchSize: 32, reconstructions: 32, tolerance: 1e-4, iterationCounts: [1, 2, 4, 8, 16, 32], samples: 30 },
  models: {
    "i-resnet": {
      architecture: { blocksPerScale: [2, 2], hiddenChannels: 24, coefficient: 0.9, activation: "elu", terms: 5 },
      steps: 100,
      optimizer: "adam",
      learningRate: 3e-3,
      finalRate: 0.1,
      checkpointEvery: 20,
    },
    glow: { architecture: { stepsPerScale: [4, 4], width: 32 }, steps: 150, optimizer: "adam", learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 40 },
  },
};

const mnist: Workload = {
  datasets: ["mnist"],
  batchSize: 64,
  warmupSteps: 30,
  clipNorm: 50,
  trainExamples: 60_000,
  testExamples: 2_000,
  evaluation: { batchSize: 64, reconstructions: 64, tolerance: 1e-4, iterationCounts: [1, 2, 4, 8, 16, 32], samples: 40 },
  models: {
    "i-resnet": {
      architecture: { blocksPerScale: [4, 4, 4], hiddenChannels: 64, coefficient: 0.9, activation: "elu", terms: 5 },
      steps: 200,
      optimizer: "adam",
      learningRate: 3e-3,
      finalRate: 0.1,
      checkpointEvery: 20,
    },
    glow: { architecture: { stepsPerScale: [8, 8], width: 64 }, steps: 400, optimizer: "adam", learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 40 },
  },
};

export const presets: Readonly<Record<PresetName, Preset>> = {
  quick: { summary: "four 2-D densities and small drawn digits, under 4 minutes on 2 cores", workloads: [plane, glyphs] },
  mnist: { summary: "28x28 handwritten digits in bits/dim, under 15 minutes on 2 cores", workloads: [mnist] },
};
