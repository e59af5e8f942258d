import { z } from "zod";
import { html, raw } from "../report/html.ts";
import { colorKey } from "../report/color-key.ts";
import { defineFigure } from "./figure.ts";

export const inverseCurve = defineFigure({
  name: "inverse-curve",
  appliesTo: () => true,
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
      <h3>Inverse error against iterations</h3>
      ${raw(inversePlot(series))}
      <figcaption>
        <div>${colorKey(series)}</div>
        |x - inverse(forward(x))| when every iterative layer stops after so many iterations; solid: largest,
        dotted: mean, ${kind === "image" ? "fraction of the pixel range" : "data units"}. A horizontal line is
        an analytic inverse, which does not iterate. The floor is float32's resolution.
      </figcaption>
    </figure>`;
  },
});
