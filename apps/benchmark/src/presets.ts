/**
 * What each preset trains, in numbers: the one file to edit when budgets change. Budgets are steps, never seconds, so
 * the same seed gives the same numbers on any machine. Widths are chosen so that both models of a workload have the same
 * number of parameters within 10 %; a test checks it.
 */
import type { DatasetName, PresetName } from "./catalogue/names.ts";
import type { Workload } from "./workload.ts";

/** What training settings have in common. */
const adam = { optimizer: "adam" } as const;

/**
 * Two-dimensional densities: 24 residual blocks against 10 coupling steps, about 15,500 parameters each. Many blocks of one
 * hidden layer learn faster than few deep ones, as the published networks of 100 blocks suggest; and a sine, whose slope
 * is 1 at the start, reaches within these steps the fine structure that lipSwish and elu do not.
 */
const plane: Workload = {
  kind: "plane",
  datasets: ["moons", "checkerboard", "8gaussians", "2spirals"],
  batchSize: 256,
  warmupSteps: 20,
  clipNorm: 10,
  trainExamples: 50_000,
  testExamples: 10_000,
  models: {
    "i-resnet": {
      architecture: { blocks: 24, hidden: [128], coefficient: 0.98, activation: "sin" },
      training: { ...adam, steps: 400, learningRate: 1.5e-2, finalRate: 0.02, checkpointEvery: 150 },
    },
    glow: {
      architecture: { steps: 10, hidden: [37, 37] },
      training: { ...adam, steps: 900, learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 400 },
    },
  },
  evaluation: {
    batchSize: 2000,
    reconstructions: 2000,
    tolerance: 5e-4,
    iterationCounts: [1, 2, 3, 5, 8, 12, 20, 32, 50, 80],
    samples: 2000,
  },
};

/** Small images drawn by the project itself. */
const glyphs: Workload = {
  kind: "image",
  datasets: ["glyphs"],
  batchSize: 32,
  warmupSteps: 20,
  clipNorm: 50,
  trainExamples: 10_000,
  testExamples: 256,
  models: {
    "i-resnet": {
      architecture: {
        blocksPerScale: [2, 2],
        hiddenChannels: 32,
        coefficient: 0.9,
        activation: "elu",
        firstScale: "squeezed",
        trainingTerms: 5,
        evaluationTerms: 20,
        probes: 1,
      },
      training: { ...adam, steps: 150, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 50 },
    },
    glow: {
      architecture: { stepsPerScale: [4, 4], width: 28 },
      training: { ...adam, steps: 200, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 50 },
    },
  },
  evaluation: {
    batchSize: 32,
    reconstructions: 32,
    tolerance: 1e-3,
    iterationCounts: [1, 2, 4, 8, 16, 32],
    samples: 30,
  },
};

const mnist: Workload = {
  kind: "image",
  datasets: ["mnist"],
  batchSize: 64,
  warmupSteps: 20,
  clipNorm: 50,
  trainExamples: 60_000,
  testExamples: 1_000,
  models: {
    "i-resnet": {
      architecture: {
        blocksPerScale: [6, 6],
        hiddenChannels: 64,
        coefficient: 0.9,
        activation: "elu",
        firstScale: "squeezed",
        trainingTerms: 5,
        evaluationTerms: 20,
        probes: 1,
      },
      training: { ...adam, steps: 400, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 20 },
    },
    glow: {
      architecture: { stepsPerScale: [8, 8], width: 72 },
      training: { ...adam, steps: 500, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 40 },
    },
  },
  evaluation: {
    batchSize: 64,
    reconstructions: 64,
    tolerance: 1e-3,
    iterationCounts: [1, 2, 4, 8, 16, 32],
    samples: 40,
  },
};

export interface Preset {
  readonly summary: string;
  readonly workloads: readonly Workload[];
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  quick: {
    summary: "four 2-D densities and small drawn digits, under 4 minutes on 2 cores",
    workloads: [plane, glyphs],
  },
  mnist: { summary: "28x28 handwritten digits in bits/dim, under 15 minutes on 2 cores", workloads: [mnist] },
};

/** @throws RangeError for a data set that the preset does not train on. */
export function workloadOf(preset: PresetName, dataset: DatasetName): Workload {
  const workload = presets[preset].workloads.find(({ datasets }) => datasets.includes(dataset));
  if (!workload)
    throw new RangeError(`workloadOf: expected a data set of preset ${preset}, received ${dataset}`);
  return workload;
}
