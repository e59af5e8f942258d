import { z } from "zod";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import { defineMetric } from "./metric.ts";

export const klDivergence = defineMetric({
  name: "kl-divergence",
  heading: "KL divergence",
  meaning:
    "How far the model's density is from that of the data, in nats. A perfect model has 0. It is the test NLL minus the entropy of the data, known as the Kullback-Leibler divergence, and has the standard error of the test NLL. Unlike the NLL, it can be compared between data sets.",
  from: "model",
  appliesTo: ({ task, kind }) => task === "density" && kind === "plane",
  value: z.strictObject({ value: z.number(), standardError: z.number() }).nullable(),
  async measure({ data, tested }) {
    if (!data.entropy) return null;
    const { meanNll, standardError } = await tested();
    return { value: meanNll - data.entropy.value, standardError };
  },
  text: (divergence) => (divergence === null ? "unknown" : formatEstimate(estimateFrom([divergence]))),
  textOverSeeds: (values) => {
    const known = values.filter((divergence) => divergence !== null);
    return known.length < values.length ? "unknown" : formatEstimate(estimateFrom(known));
  },
});
