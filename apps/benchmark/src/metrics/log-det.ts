import { z } from "zod";
import type { IntegratedEvaluation } from "../job/evaluate-integrated.ts";
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
    /** Of differential equations: the work and the largest estimated error, in the job's unit. */
    integration: z
      .strictObject({ evaluations: z.number().positive(), error: z.number().nonnegative() })
      .optional(),
  }),
  // All but the words comes from the flow's traits, which composites add up from their layers.
  async measure({ model, inUnit, tested }) {
    if (!("flow" in model)) throw new RangeError("log-det: expected a flow, received a classifier");
    const { logDet: kind, logDetBias } = model.flow.traits;
    const said = { kind, how: model.logDet, bound: Number.isFinite(logDetBias) ? inUnit(logDetBias) : null };
    if (!model.integrates) return said;
    const { evaluations, error } = ((await tested()) as IntegratedEvaluation).integration;
    return { ...said, integration: { evaluations, error: inUnit(error) } };
  },
  text({ kind, how, bound, integration }, unit) {
    const words =
      kind === "biased"
        ? `biased: ${how}; off by at most ${bound === null ? "an unknown amount" : `${formatSmall(bound)} ${unit}`}`
        : `${kind}: ${how}`;
    if (integration === undefined) return words;
    const { evaluations, error } = integration;
    return `${words}, with step control: ${evaluations.toFixed(0)} evaluations, error about ${formatSmall(error)} ${unit}`;
  },
});
