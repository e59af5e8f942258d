import type { Random } from "@invertible/ops";
import { twistFlow } from "./twist-flow.ts";

/** What this model looks at of the benchmark's request. */
interface BuildRequest {
  /** How many parameters the other models have. */
  readonly size: { readonly parameters: number };
  /** For initial weights. */
  readonly random: Random;
}

/** What `npm run bench -- --model twist=./dist/benchmark-entry.js` reads. */
export const entry = {
  title: "Twist Flow",
  summary: "Every step bends each axis of the plane by a residual block of its own, then twists the plane.",
  kinds: ["plane"],
  training: () => ({
    steps: 400,
    optimizer: "adam",
    learningRate: 1e-2,
    finalRate: 0.02,
    checkpointEvery: 100,
  }),
  build({ size, random }: BuildRequest) {
    const steps = 10;
    // Each step has 6 weights for every unit of width, and 8 more.
    const width = Math.round((size.parameters / steps - 8) / 6);
    return {
      flow: twistFlow({ steps, width, random }),
      architecture: { steps, width },
      logDet: "derivative of each one-dimensional block",
    };
  },
};
