import { z } from "zod";
import { defineMetric } from "./metric.ts";

export const dataEntropy = defineMetric({
  name: "data-entropy",
  heading: "entropy of the data",
  meaning:
    "The smallest NLL that any model can reach on average. It depends on the data alone, and is known only where their density is known. Its unit is that of the test NLL.",
  from: "data",
  appliesTo: ({ task, kind }) => task === "density" && kind === "plane",
  value: z.strictObject({ value: z.number(), uncertainty: z.number() }).nullable(),
  measure: ({ data }) => data.entropy ?? null,
  text: (entropy) => (entropy === null ? "unknown" : entropy.value.toFixed(3)),
});
