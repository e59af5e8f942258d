import { z } from "zod";
import { formatWithError } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

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
  text: (nll) => (nll === null ? "none" : `${formatWithError(nll.value, nll.standardError)} bits/dim`),
});
