import { z } from "zod";
import { formatCount } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const parameters = defineMetric({
  name: "parameters",
  heading: "parameters",
  meaning: "How many numbers are trained.",
  from: "model",
  appliesTo: () => true,
  value: z.int().positive(),
  measure: ({ parameters }) => parameters,
  text: formatCount,
});
