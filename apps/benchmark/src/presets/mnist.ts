import type { Preset } from "./preset.ts";

/** The published comparison in a size for two CPU cores. */
export const mnist: Preset = {
  name: "mnist",
  summary: "the handwritten digits of MNIST; under 15 minutes on 2 cores",
  models: ["i-resnet", "glow"],
  datasets: ["mnist"],
  workloads: {
    image: {
      size: { name: "medium", parameters: 60_000 },
      batchSize: 16,
      warmupSteps: 20,
      clipNorm: 50,
      trainExamples: 60_000,
      testExamples: 1_000,
      evaluation: {
        batchSize: 64,
        reconstructions: 64,
        iterationCounts: [1, 2, 4, 8, 16, 32],
        samples: 40,
      },
    },
  },
};
