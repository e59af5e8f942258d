import { z } from "zod";
import { formatSmall } from "../results/format.ts";
import { defineMetric } from "./metric.ts";

export const guaranteedInverse = defineMetric({
  name: "guaranteed-inverse",
  heading: "guaranteed inverse",
  meaning:
    "Whether every image can be computed from its features, and who says so. For a network of contractive blocks it is the certificate that says so: its weights are scaled until float64 arithmetic proves that every block is a contraction, and then the network is tested again. The proof bounds how far the inverse can magnify an error. Held-out images are computed from their features, and each error is compared with the bound that was proven for it, in units of a pixel's value. An inverse that is a formula needs no iterations, and so no such bound. A network that claims no inverse has none.",
  from: "model",
  appliesTo: ({ task }) => task === "classification",
  value: z
    .strictObject({
      /** Of the enforced network, percent. */
      error: z.number(),
      magnifies: z.number().nullable(),
      largestError: z.number().nullable(),
      bounds: z.strictObject({ largest: z.number().nullable(), exceeded: z.int().nonnegative() }).nullable(),
      examples: z.int().positive(),
    })
    .nullable(),
  async measure({ classified, guaranteed }) {
    // The guarantee changes the weights. What the network does without it is measured first.
    await classified();
    const proven = await guaranteed();
    if (proven === null) return null;
    const { classified: enforced, ...rest } = proven;
    return { error: 100 * (1 - enforced.accuracy), ...rest };
  },
  text(value) {
    if (value === null) return "none";
    const { error, magnifies, largestError, bounds, examples } = value;
    const measured =
      largestError === null
        ? "some images come back as infinities"
        : `largest reconstruction error ${formatSmall(largestError)}`;
    if (bounds === null) return `a formula; ${measured}`;
    const all = examples.toLocaleString("en-US");
    const within =
      bounds.exceeded === 0
        ? `all ${all} images within their bounds`
        : `${bounds.exceeded} of ${all} images beyond their bounds`;
    const factor = magnifies === null ? "" : `inverse magnifies by at most ${formatSmall(magnifies)}; `;
    return `certified, error ${error.toFixed(2)} % when enforced; ${factor}${measured}, largest bound ${bounds.largest === null ? "infinite" : formatSmall(bounds.largest)}, ${within}`;
  },
});
