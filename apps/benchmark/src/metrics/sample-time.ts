import { z } from "zod";
import { formatMilliseconds } from "../results/format.ts";
import { meanOverSeeds } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

export const sampleTime = defineMetric({
  name: "sample-time",
  heading: "ms per sample",
  meaning:
    "How long it takes to draw one new example from the model, in milliseconds, averaged over a batch. The example is drawn in the latent space and goes through the inverse.",
  from: "clock",
  appliesTo: ({ task }) => task === "density",
  value: z.number(),
  measure: async ({ sampled }) => (await sampled()).millisecondsPerSample,
  text: formatMilliseconds,
  textOverSeeds: (values) => formatMilliseconds(meanOverSeeds(values).mean),
});
