import { z } from "zod";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

export const testError = defineMetric({
  name: "test-error",
  heading: "test error",
  meaning:
    "How many of the held-out examples the model puts into a wrong class, in percent. Smaller is better. The number after ± is the standard error of the percentage over the examples. With several seeds, the mean over them is shown: the number after ± is its standard error over seeds, and the one in parentheses is the standard error over the examples of one seed.",
  from: "model",
  appliesTo: ({ task }) => task === "classification",
  value: z.strictObject({
    /** Percent. */
    value: z.number(),
    standardError: z.number(),
    /** Of 95 %, in percent. */
    interval: z.tuple([z.number(), z.number()]),
    examples: z.int().positive(),
  }),
  async measure({ classified }) {
    const { accuracy, interval, count } = await classified();
    return errorOf(accuracy, interval, count);
  },
  ranking: { better: "smaller", estimate: estimateFrom },
  text: (value) => `${formatEstimate(estimateFrom([value]))} %`,
  textOverSeeds: (values) => `${formatEstimate(estimateFrom(values))} %`,
});

/** The error in percent that an accuracy leaves. Its standard error is that of a share of independent examples. */
function errorOf(accuracy: number, [low, high]: readonly [number, number], count: number) {
  return {
    value: 100 * (1 - accuracy),
    standardError: 100 * Math.sqrt((accuracy * (1 - accuracy)) / count),
    interval: [100 * (1 - high), 100 * (1 - low)] as [number, number],
    examples: count,
  };
}
