import { z } from "zod";
import { formatMilliseconds } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const sampleTime = defineMetric({
  name: "sample-time",
  heading: "ms per sample",
  meaning: "Wall-clock of drawing one sample through the inverse, in milliseconds, averaged over a batch.",
  from: "clock",
  appliesTo: ({ task }) => task === "density",
  value: z.number(),
  measure: async ({ sampled }) => (await sampled()).millisecondsPerSample,
  text: formatMilliseconds,
});
