import { fewLabelModels } from "../catalogue/few-labels/index.ts";
import type { Preset } from "./preset.ts";

/** What densities add to a few labels. */
export const fewLabels: Preset = {
  name: "few-labels",
  summary: "classes of optdigits from 10, 50 and 100 labels each; about 5 minutes for each seed",
  models: fewLabelModels.map(({ name }) => name),
  datasets: ["optdigits-10", "optdigits-50", "optdigits-100"],
  table: {},
  workloads: {
    image: {
      size: { name: "small", parameters: 50_000 },
      batchSize: 128,
      warmupSteps: 20,
      clipNorm: 50,
      trainExamples: 3823,
      testExamples: 1797,
      evaluation: { batchSize: 256, reconstructions: 64, iterationCounts: [], samples: 0 },
    },
  },
};
