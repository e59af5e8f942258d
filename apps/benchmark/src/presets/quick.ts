import type { Preset } from "./preset.ts";

/** Small enough for a laptop, large enough to see differences. */
export const quick: Preset = {
  name: "quick",
  summary:
    "three densities in the plane and digits drawn by a program, four models; under 4 minutes on 2 cores",
  models: ["i-resnet", "glow", "residual-flow", "real-nvp"],
  datasets: ["moons", "checkerboard", "2spirals", "glyphs"],
  workloads: {
    plane: {
      size: { name: "small", parameters: 15_500 },
      batchSize: 256,
      warmupSteps: 20,
      clipNorm: 10,
      trainExamples: 50_000,
      testExamples: 10_000,
      evaluation: {
        batchSize: 2000,
        reconstructions: 1000,
        iterationCounts: [1, 2, 4, 8, 16, 32, 64],
        samples: 2000,
      },
    },
    table: {
      size: { name: "small", parameters: 40_000 },
      batchSize: 256,
      warmupSteps: 20,
      clipNorm: 10,
      trainExamples: 50_000,
      testExamples: 5_000,
      evaluation: {
        batchSize: 500,
        reconstructions: 500,
        iterationCounts: [1, 2, 4, 8, 16, 32],
        samples: 500,
      },
    },
    image: {
      size: { name: "small", parameters: 29_500 },
      batchSize: 32,
      warmupSteps: 20,
      clipNorm: 50,
      trainExamples: 10_000,
      testExamples: 256,
      evaluation: {
        batchSize: 32,
        reconstructions: 32,
        iterationCounts: [1, 2, 4, 8, 16, 32],
        samples: 30,
      },
    },
  },
};
