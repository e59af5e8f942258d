import { z } from "zod";
import { firstExamples } from "../job/examples.ts";
import { html, raw } from "../report/html.ts";
import { encodeBytes } from "../results/binary.ts";
import { densityGrid } from "../results/density-grid.ts";
import { defineFigure } from "./figure.ts";

const halfWidth = 4.5;
const cells = 120;

export const planeDensities = defineFigure({
  name: "plane-densities",
  appliesTo: ({ task, kind }) => task === "density" && kind === "plane",
  value: z.strictObject({
    /** float32 pairs: held-out examples, and draws from the model. */
    data: z.base64(),
    samples: z.base64(),
    /** The true density of the data, where it is known. */
    dataDensity: densityGrid.nullable(),
    /** The model's log-density, nats. */
    logDensity: densityGrid,
  }),
  async measure({ data, sampled, logDensity }) {
    const { samples } = await sampled();
    const points = gridPoints();
    const asGrid = (values: Float32Array) => ({ cells, halfWidth, values: encodeBytes(values) });
    const { logDensity: known } = data;
    const truth = (at: (x: number, y: number) => number) =>
      Float32Array.from({ length: cells ** 2 }, (_, i) => Math.exp(at(points[2 * i]!, points[2 * i + 1]!)));
    return {
      data: encodeBytes(Float32Array.from(firstExamples(data.test, samples.length / 2).values)),
      samples: encodeBytes(samples),
      dataDensity: known ? asGrid(truth(known)) : null,
      logDensity: asGrid(await logDensity(points)),
    };
  },
  async draw(series) {
    const { densityPanel, modelDensity, panelRow, pointsPanel, sharedTop } =
      await import("../report/plots/plane-panels.ts");
    const first = series[0]!.value;
    const { halfWidth: side } = first.logDensity;
    const top = sharedTop(series.map(({ value }) => value.logDensity));
    const densities = series.map(({ model, value }) =>
      densityPanel(model, modelDensity(value.logDensity), top, "learned density"),
    );
    const truth =
      first.dataDensity === null ? [] : [densityPanel("data", first.dataDensity, top, "true density")];
    const draws = series.map(({ model, color, value }) =>
      pointsPanel(model, value.samples, side, color, "samples"),
    );
    return html`${panelRow("Densities", [...truth, ...densities])}
      <div class="scale">
        <span>density 0</span>${raw("<i></i>")}<span>${top.toPrecision(2)} or more</span>
        <span
          >The colours mean the same in all pictures. The contour lines are at 10, 30 and 60 % of the scale.
          Both axes run from -${side} to ${side}.</span
        >
      </div>
      ${panelRow("Samples, beside held-out examples of the data", [
        pointsPanel("data", first.data, side, "var(--data)", "held-out examples"),
        ...draws,
      ])}`;
  },
});

/** The centres of cells x cells squares that fill [-halfWidth, halfWidth]^2, row by row from the top. */
function gridPoints(): Float32Array {
  const coordinate = (index: number) => (halfWidth * (2 * index + 1)) / cells - halfWidth;
  return Float32Array.from({ length: 2 * cells ** 2 }, (_, i) => {
    const cell = i >> 1;
    return i % 2 === 0 ? coordinate(cell % cells) : -coordinate(Math.floor(cell / cells));
  });
}
