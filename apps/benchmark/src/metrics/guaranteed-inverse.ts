import { z } from "zod";
import { formatSmall } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

const positive = z.int().positive();

export const guaranteedInverse = defineMetric({
  name: "guaranteed-inverse",
  heading: "guaranteed inverse",
  meaning:
    "Whether every image can be computed from its features, and who says so. A model whose constraints can be enforced is certified: its weights are scaled until float64 arithmetic proves that every block is a contraction, and then it is tested again. The certificate bounds how far the inverse can magnify an error. Held-out images are computed from their features, and each error is compared with the bound that was proven for it, in units of a pixel's value.",
  from: "model",
  appliesTo: ({ task }) => task === "classification",
  value: z
    .strictObject({
      /** Of the enforced network, percent. */
      error: z.number(),
      forward: z.number(),
      inverse: z.number(),
      largestError: z.number(),
      largestBound: z.number(),
      beyondBound: z.int().nonnegative(),
      examples: positive,
    })
    .nullable(),
  async measure({ classified, guaranteed }) {
    // The guarantee changes the weights. What the network does without it is measured first.
    await classified();
    const proven = await guaranteed();
    if (proven === null) return null;
    const { classified: enforced, lipschitz, ...rest } = proven;
    return { error: 100 * (1 - enforced.accuracy), ...lipschitz, ...rest };
  },
  text(value) {
    if (value === null) return "none";
    const { error, inverse, largestError, largestBound, beyondBound, examples } = value;
    const within =
      beyondBound === 0
        ? `all ${examples.toLocaleString("en-US")} images within their bounds`
        : `${beyondBound} of ${examples.toLocaleString("en-US")} images beyond their bounds`;
    return `certified, error ${error.toFixed(2)} % when enforced; inverse magnifies by at most ${formatSmall(inverse)}; largest reconstruction error ${formatSmall(largestError)}, largest bound ${formatSmall(largestBound)}, ${within}`;
  },
});
