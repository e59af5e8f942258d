import { z } from "zod";
import { html, raw } from "../report/html.ts";
import { colorKey } from "../report/color-key.ts";
import { defineFigure } from "./figure.ts";

export const inverseCurve = defineFigure({
  name: "inverse-curve",
  appliesTo: ({ task }) => task === "density",
  value: z.strictObject({
    analytic: z.boolean(),
    /** Errors when every layer stops after so many iterations; one entry, 0, for an analytic inverse. */
    iterations: z.array(z.number()),
    max: z.array(z.number()),
    mean: z.array(z.number()),
  }),
  async measure({ inverted, isIterative }) {
    const { maxError, meanError, byIterations } = await inverted();
    const curve = isIterative ? byIterations : [{ iterations: 0, maxError, meanError }];
    return {
      analytic: !isIterative,
      iterations: curve.map(({ iterations }) => iterations),
      max: curve.map((point) => point.maxError),
      mean: curve.map((point) => point.meanError),
    };
  },
  async draw(series, { kind }) {
    const { inversePlot } = await import("../report/plots/inverse-plot.ts");
    return html`<figure>
      <h3>Error of the inverse</h3>
      ${raw(inversePlot(series))}
      <figcaption>
        <div>${colorKey(series)}</div>
        How far held-out examples are from themselves after the model and its inverse, if every iterative
        layer stops after so many iterations. The unit is
        ${kind === "image" ? "the range of a pixel" : "that of the data"}. Solid lines show the largest error
        and dotted lines the mean. A horizontal line without dots is an inverse given by a formula. Where a
        curve is flat, only the rounding of float32 is left.
      </figcaption>
    </figure>`;
  },
});
