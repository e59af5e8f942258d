import type { Preset } from "./preset.ts";
import { quick } from "./quick.ts";

const table = quick.workloads.table!;

/** The tables of the MAF paper, which are read from a folder that the user has. */
export const tabular: Preset = {
  name: "tabular",
  summary: "the five tables of the MAF paper, 10 minutes of training each; needs --data",
  models: ["i-resnet", "glow", "residual-flow", "spline-coupling", "real-nvp", "maf", "made", "ffjord"],
  datasets: ["power", "gas", "hepmass", "miniboone", "bsds300"],
  table: { budgetSeconds: 600 },
  workloads: {
    table: {
      ...table,
      size: { name: "medium", parameters: 100_000 },
      trainExamples: 2_000_000,
      testExamples: 20_000,
    },
  },
};
