import { z } from "zod";
import { formatSmall } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const logDet = defineMetric({
  name: "log-det",
  heading: "log-det",
  meaning:
    "How the log-determinant was computed. Every likelihood contains it: it says by how much the model stretches space around an example. An exact value has no error but rounding. An unbiased estimate is right on average. A biased estimate is wrong on average, by at most the number that stands beside it, provided that the layers keep their Lipschitz constants.",
  from: "model",
  appliesTo: ({ task }) => task === "density",
  value: z.strictObject({
    kind: z.enum(["exact", "unbiased", "biased"]),
    how: z.string(),
    /** Of the bias, in the job's unit; null where nothing is known. */
    bound: z.number().nullable(),
  }),
  // All but the words comes from the flow's traits, which composites add up from their layers.
  measure({ model, inUnit }) {
    const { logDet: kind, logDetBias } = model.flow.traits;
    return { kind, how: model.logDet, bound: Number.isFinite(logDetBias) ? inUnit(logDetBias) : null };
  },
  text: ({ kind, how, bound }, unit) =>
    kind === "biased"
      ? `biased: ${how}; off by at most ${bound === null ? "an unknown amount" : `${formatSmall(bound)} ${unit}`}`
      : `${kind}: ${how}`,
});
