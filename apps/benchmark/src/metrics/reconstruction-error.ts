import { z } from "zod";
import { formatSmall } from "../results/format.ts";
import { meanOverSeeds } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

const text = ({ max, mean }: { readonly max: number; readonly mean: number }) =>
  `${formatSmall(max)} (mean ${formatSmall(mean)})`;

export const reconstructionError = defineMetric({
  name: "reconstruction-error",
  heading: "reconstruction error",
  meaning:
    "How well the inverse undoes the model. Held-out examples go through the model and back, and are compared with what they were. The table shows the largest absolute difference of any value, and the mean in parentheses. With several seeds it is the largest and the mean of all. The unit is that of the data for points and tables, and the range of a pixel for images.",
  from: "model",
  appliesTo: ({ task }) => task === "density",
  value: z.strictObject({ max: z.number(), mean: z.number(), examples: z.int().positive() }),
  async measure({ inverted }) {
    const { maxError, meanError, examples } = await inverted();
    return { max: maxError, mean: meanError, examples };
  },
  text,
  textOverSeeds: (values) =>
    text({
      max: Math.max(...values.map(({ max }) => max)),
      mean: meanOverSeeds(values.map(({ mean }) => mean)).mean,
    }),
});
