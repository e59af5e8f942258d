import { z } from "zod";
import { formatWithError } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const klDivergence = defineMetric({
  name: "kl-divergence",
  heading: "KL divergence",
  meaning:
    "Kullback-Leibler divergence from the data to the model, in nats: the test NLL minus the entropy of the data, ± the standard error of the test NLL. It is 0 for a perfect model, whatever the data, so it can be compared across data sets.",
  from: "model",
  appliesTo: ({ task, kind }) => task === "density" && kind === "plane",
  value: z.strictObject({ value: z.number(), standardError: z.number() }).nullable(),
  async measure({ data, tested }) {
    if (!data.entropy) return null;
    const { meanNll, standardError } = await tested();
    return { value: meanNll - data.entropy.value, standardError };
  },
  text: (divergence) =>
    divergence === null ? "unknown" : formatWithError(divergence.value, divergence.standardError),
});
