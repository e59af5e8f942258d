import { z } from "zod";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

export const testNll = defineMetric({
  name: "test-nll",
  heading: "test NLL",
  meaning:
    "How improbable the model finds examples that it was not trained on. Smaller is better. NLL means negative log-likelihood, here averaged over the held-out examples. Points and tables are measured in nats per example. Images are measured in bits per dimension, which is the NLL in bits divided by the number of values in an image. The number after ± is the standard error of the average. It includes the noise of the log-determinant where that is estimated. With several seeds, the mean over them is shown: the number after ± is its standard error over seeds, and the one in parentheses is the standard error over the examples of one seed.",
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
  ranking: { better: "smaller", estimate: estimateFrom },
  text: (value, unit) => `${formatEstimate(estimateFrom([value]))} ${unit}`,
  textOverSeeds: (values, unit) => `${formatEstimate(estimateFrom(values))} ${unit}`,
});
