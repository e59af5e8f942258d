import type { Preset } from "./preset.ts";
import { quick } from "./quick.ts";

const plane = quick.workloads.plane!;

/** The densities in the plane that the literature draws, in one table over seeds. */
export const toy: Preset = {
  name: "toy",
  summary: "seven densities in the plane, 15 seconds of training for each model and seed",
  models: ["i-resnet", "glow", "residual-flow", "spline-coupling", "real-nvp", "ffjord"],
  datasets: ["moons", "checkerboard", "checkerboard-45", "8gaussians", "2spirals", "rings", "pinwheel"],
  table: { budgetSeconds: 15 },
  workloads: {
    // The likelihood is what the table is about: fewer points are inverted and drawn than in the quick comparison.
    plane: {
      ...plane,
      evaluation: {
        ...plane.evaluation,
        reconstructions: 500,
        iterationCounts: [1, 4, 16, 64],
        samples: 1000,
      },
    },
  },
};
