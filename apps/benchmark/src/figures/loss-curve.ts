import { z } from "zod";
import { thinCurve } from "../job/loss-history.ts";
import { html, raw } from "../report/html.ts";
import { colorKey } from "../report/color-key.ts";
import { defineFigure } from "./figure.ts";

const points = 200;

export const lossCurve = defineFigure({
  name: "loss-curve",
  appliesTo: () => true,
  value: z.strictObject({
    step: z.array(z.number()),
    loss: z.array(z.number()),
    /** The least that the expected loss can be, where it is known. */
    floor: z.number().nullable(),
  }),
  measure({ history, inUnit, data }) {
    const { step, loss } = thinCurve(history.loss, points);
    return { step, loss: loss.map(inUnit), floor: data.entropy ? inUnit(data.entropy.value) : null };
  },
  async draw(series, { task, unit }) {
    const { lossPlot } = await import("../report/plots/loss-plot.ts");
    const floor = series[0]!.value.floor;
    return html`<figure>
      <h3>Training loss</h3>
      ${raw(lossPlot(series, unit))}
      <figcaption>
        <div>${colorKey(series)}</div>
        The mean ${task === "density" ? "negative log-likelihood" : "cross entropy"} of each training batch,
        in ${unit}. Smaller is better. Large values at the start may lie outside the
        frame.${floor === null ? "" : " The dashed line is the entropy of the data, which no model can beat on average."}
      </figcaption>
    </figure>`;
  },
});
