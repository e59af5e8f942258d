import { z } from "zod";
import { formatSmall } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const reconstructionError = defineMetric({
  name: "reconstruction-error",
  heading: "reconstruction error",
  meaning:
    "Largest (and mean) |x - inverse(forward(x))| over all components of held-out examples: in the data's units for points and tables, as a fraction of the pixel range for images.",
  from: "model",
  appliesTo: () => true,
  value: z.strictObject({ max: z.number(), mean: z.number(), examples: z.int().positive() }),
  async measure({ inverted }) {
    const { maxError, meanError, examples } = await inverted();
    return { max: maxError, mean: meanError, examples };
  },
  text: ({ max, mean }) => `${formatSmall(max)} (mean ${formatSmall(mean)})`,
});
