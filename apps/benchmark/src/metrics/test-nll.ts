import { z } from "zod";
import { formatWithError } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const testNll = defineMetric({
  name: "test-nll",
  heading: "test NLL",
  meaning:
    "Mean negative log-likelihood of held-out examples ± its standard error; smaller is better. It is nats per example for points and tables, and bits/dim = NLL / (D ln 2) for images. Where a log-determinant is estimated, the standard error includes the estimate's own noise.",
  from: "model",
  appliesTo: ({ task }) => task === "density",
  value: z.strictObject({
    value: z.number(),
    standardError: z.number(),
    examples: z.int().positive(),
    /** A lower bound of the likelihood, by dequantisation, makes the NLL an upper bound. */
    likelihood: z.enum(["exact", "lower-bound"]),
  }),
  async measure(measurements) {
    const { meanNll, standardError, likelihood } = await measurements.tested();
    return {
      value: measurements.inUnit(meanNll),
      standardError: measurements.inUnit(standardError),
      examples: measurements.data.test.count,
      likelihood,
    };
  },
  text: ({ value, standardError }, unit) => `${formatWithError(value, standardError)} ${unit}`,
});
