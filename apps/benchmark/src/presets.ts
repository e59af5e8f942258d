/**
 * What each preset trains, in numbers: the one file to edit when budgets change. Budgets are steps, never seconds, so
 * the same seed gives the same numbers on any machine.
 */
import type { DatasetName, ModelName, PresetName } from "./catalogue/names.ts";

/** How one model is built and trained on one workload. */
export interface ModelSettings {
  readonly architecture: Readonly<Record<string, number | string | readonly number[]>>;
  readonly steps: number;
  readonly learningRate: number;
}

/** Data sets that share their sizes, their models and their budget. */
export interface Workload {
  readonly datasets: readonly DatasetName[];
  readonly batchSize: number;
  readonly warmupSteps: number;
  readonly clipNorm: number;
  readonly trainExamples: number;
  readonly testExamples: number;
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
  models: {
    "i-resnet": {
      architecture: { blocks: 10, hidden: [64, 64, 64], coefficient: 0.97, activation: "lipSwish" },
      steps: 600,
      learningRate: 5e-3,
    },
    glow: { architecture: { steps: 10, hidden: [64, 64, 64] }, steps: 1200, learningRate: 2e-3 },
  },
};

const glyphs: Workload = {
  datasets: ["glyphs"],
  batchSize: 32,
  warmupSteps: 20,
  clipNorm: 50,
  trainExamples: 10_000,
  testExamples: 256,
  models: {
    "i-resnet": {
      architecture: { blocksPerScale: [2, 2], hiddenChannels: 24, coefficient: 0.9, activation: "elu", terms: 5 },
      steps: 100,
      learningRate: 3e-3,
    },
    glow: { architecture: { stepsPerScale: [4, 4], width: 32 }, steps: 150, learningRate: 3e-3 },
  },
};

const mnist: Workload = {
  datasets: ["mnist"],
  batchSize: 64,
  warmupSteps: 30,
  clipNorm: 50,
  trainExamples: 60_000,
  testExamples: 2_000,
  models: {
    "i-resnet": {
      architecture: { blocksPerScale: [4, 4, 4], hiddenChannels: 64, coefficient: 0.9, activation: "elu", terms: 5 },
      steps: 200,
      learningRate: 3e-3,
    },
    glow: { architecture: { stepsPerScale: [8, 8], width: 64 }, steps: 400, learningRate: 3e-3 },
  },
};

export const presets: Readonly<Record<PresetName, Preset>> = {
  quick: { summary: "four 2-D densities and small drawn digits, under 4 minutes on 2 cores", workloads: [plane, glyphs] },
  mnist: { summary: "28x28 handwritten digits in bits/dim, under 15 minutes on 2 cores", workloads: [mnist] },
};
