import { z } from "zod";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";
import { shareWrong, shareWrongOf } from "./share-wrong.ts";

export const testError = defineMetric({
  name: "test-error",
  heading: "test error",
  meaning:
    "How many of the held-out examples the model puts into a wrong class, in percent. Smaller is better. The number after ± is the standard error of the percentage over the examples. With several seeds, the mean over them is shown: the number after ± is its standard error over seeds, and the one in parentheses is the standard error over the examples of one seed.",
  from: "model",
  appliesTo: ({ task }) => ["classification", "hybrid", "few-labels"].includes(task),
  value: shareWrong.extend({
    /** Of 95 %, in percent. */
    interval: z.tuple([z.number(), z.number()]),
  }),
  async measure({ classified }) {
    const {
      accuracy,
      interval: [low, high],
      count,
    } = await classified();
    const percent: [number, number] = [100 * (1 - high), 100 * (1 - low)];
    return { ...shareWrongOf(1 - accuracy, count), interval: percent };
  },
  unit: "%",
  ranking: { better: "smaller", estimate: estimateFrom },
  text: (value) => `${formatEstimate(estimateFrom([value]))} %`,
  textOverSeeds: (values) => `${formatEstimate(estimateFrom(values))} %`,
});
