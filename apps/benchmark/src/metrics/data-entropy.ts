import { z } from "zod";
import { defineMetric } from "./metric.ts";

export const dataEntropy = defineMetric({
  name: "data-entropy",
  heading: "entropy of the data",
  meaning:
    "The smallest expected test NLL that any model can have, in the same unit. It is known for data whose density is known.",
  from: "data",
  appliesTo: ({ task, kind }) => task === "density" && kind === "plane",
  value: z.strictObject({ value: z.number(), uncertainty: z.number() }).nullable(),
  measure: ({ data }) => data.entropy ?? null,
  text: (entropy) => (entropy === null ? "unknown" : entropy.value.toFixed(3)),
});
