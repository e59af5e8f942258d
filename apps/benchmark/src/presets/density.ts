import { mnist } from "./mnist.ts";
import type { Preset } from "./preset.ts";

/** The published comparison of densities: every family on images that people know. */
export const density: Preset = {
  name: "density",
  summary: "every family on MNIST, 6 minutes of training each; other images with --datasets",
  models: [
    "i-resnet",
    "glow",
    "residual-flow",
    "spline-coupling",
    "real-nvp",
    "nice",
    "maf",
    "made",
    "ffjord",
  ],
  datasets: ["mnist"],
  table: { budgetSeconds: 360 },
  workloads: mnist.workloads,
};
