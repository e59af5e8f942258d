import { z } from "zod";
import { medianAfterWarmup } from "../job/loss-history.ts";
import { formatMilliseconds } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const stepTime = defineMetric({
  name: "step-time",
  heading: "ms per training step",
  meaning:
    "Median wall-clock of one training step (loss, gradients, clipping, optimiser, power iterations), in milliseconds.",
  from: "clock",
  appliesTo: () => true,
  value: z.number(),
  measure: ({ history }) => medianAfterWarmup(history.milliseconds),
  text: formatMilliseconds,
});
