import { z } from "zod";
import { defineMetric } from "./metric.ts";
import { estimateFrom, formatEstimate } from "./over-seeds.ts";
import type { Estimate } from "./over-seeds.ts";

export const hybridNll = defineMetric({
  name: "hybrid-nll",
  heading: "test NLL",
  meaning:
    "How improbable the same network finds the held-out images, as a negative log-likelihood in bits, divided by the number of values in an image. Smaller is better. The number after ± is the standard error over the images. A network that was trained for classes alone has no density.",
  from: "model",
  appliesTo: ({ task }) => task === "hybrid",
  /** Bits per dimension; null for a classifier without a density. */
  value: z.strictObject({ value: z.number(), standardError: z.number() }).nullable(),
  async measure({ model, tested, data }) {
    if (!("flow" in model)) return null;
    const { meanNll, standardError } = await tested();
    const bit = Math.LN2 * data.test.shape.reduce((product, n) => product * n, 1);
    return { value: meanNll / bit, standardError: standardError / bit };
  },
  unit: "bits/dim",
  ranking: { better: "smaller", estimate },
  text: (nll) => textOf(estimate([nll])),
  textOverSeeds: (values) => textOf(estimate(values)),
});

/** Nothing where a network has no density. */
function estimate(values: readonly (Parameters<typeof estimateFrom>[0][number] | null)[]): Estimate | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length ? null : estimateFrom(known);
}

const textOf = (found: Estimate | null) => (found === null ? "none" : `${formatEstimate(found)} bits/dim`);
