import type { Preset } from "./preset.ts";

/** The published comparison of classifiers: what do limits on the norms cost, and what do they guarantee? */
export const classification: Preset = {
  name: "classification",
  summary: "classifiers of MNIST: ResNet, and i-ResNets with and without limits, 6 minutes of training each",
  models: [
    "resnet",
    "i-resnet-free",
    "i-resnet-c90",
    "i-resnet-c80",
    "i-resnet-c70",
    "i-resnet-c60",
    "i-resnet-c50",
  ],
  datasets: ["mnist"],
  table: { budgetSeconds: 360 },
  workloads: {
    image: {
      size: { name: "medium", parameters: 120_000 },
      batchSize: 32,
      warmupSteps: 20,
      clipNorm: 5,
      trainExamples: 60_000,
      testExamples: 10_000,
      evaluation: { batchSize: 250, reconstructions: 10_000, iterationCounts: [], samples: 0 },
    },
  },
};
