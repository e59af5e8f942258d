import { hybrids } from "../catalogue/hybrids/index.ts";
import { mnist } from "./mnist.ts";
import type { Preset } from "./preset.ts";

/** The published comparison of hybrid models: does a network that classifies well still model the density, and the reverse? */
export const hybrid: Preset = {
  name: "hybrid",
  summary:
    "densities and classes of MNIST by one network each; three networks, three weights, 6 minutes each",
  models: hybrids.map(({ name }) => name),
  datasets: ["mnist"],
  table: { budgetSeconds: 360 },
  workloads: { image: { ...mnist.workloads.image!, batchSize: 32, testExamples: 2_000 } },
};
