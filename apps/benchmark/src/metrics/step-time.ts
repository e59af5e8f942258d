import { z } from "zod";
import { medianAfterWarmup } from "../job/loss-history.ts";
import { formatMilliseconds } from "../results/format.ts";
import { meanOverSeeds } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

export const stepTime = defineMetric({
  name: "step-time",
  heading: "ms per step",
  meaning:
    "How long one training step takes, in milliseconds: the median of all steps but the first few. A step computes the loss and its gradient, clips the gradient, changes the weights, and updates the estimates of their norms.",
  from: "clock",
  appliesTo: () => true,
  value: z.number(),
  measure: ({ history }) => medianAfterWarmup(history.milliseconds),
  text: formatMilliseconds,
  textOverSeeds: (values) => formatMilliseconds(meanOverSeeds(values).mean),
});
