import * as Plot from "@observablehq/plot";
import { colorKey } from "../../report/color-key.ts";
import { html, raw } from "../../report/html.ts";
import type { Html } from "../../report/html.ts";
import { plotSvg } from "../../report/plots/plot-document.ts";
import { renderTable } from "../../report/table.ts";
import { studySize } from "../plots/decades.ts";
import { studyColor } from "../study-colors.ts";
import type { MemoryCurve, MemoryNumbers } from "./memory-numbers.ts";

const megabytes = (bytes: number) => bytes / 1e6;

export function drawMemory({ size, curves }: MemoryNumbers): Html {
  const key = curves.map(({ name }, i) => ({ model: name, color: studyColor(i) }));
  const { inputShape, hidden, batchSize, depths } = size;
  return html`<p>
      A step of training needs the activations of every layer for its gradient, so memory usually grows with
      the depth of a network. An invertible network can compute them again from its output. The figure shows
      the most memory that tensors take at a time during one step of a classifier, above what they take before
      it.
    </p>
    <p>${colorKey(key)}</p>
    <figure>
      <h3>Peak memory against depth</h3>
      ${raw(plot(curves))}
      <figcaption>
        "Checkpointed" keeps the input of every layer, and evaluates each layer again. "Reversible" keeps only
        the last output: an i-ResNet inverts its blocks by iteration, a RevNet by subtraction. What is left of
        the growth are the gradients of the parameters, whose number grows with the depth.
      </figcaption>
    </figure>
    ${renderTable(
      [
        { heading: "network", align: "left" },
        ...depths.map((blocks) => ({ heading: `${blocks} blocks`, align: "right" }) as const),
        { heading: "growth", align: "right" },
      ],
      curves.map(({ name, points }) => ({
        first: false,
        cells: [
          name,
          ...points.map(({ peak }) => `${megabytes(peak).toPrecision(3)} MB`),
          `${(points.at(-1)!.peak / points[0]!.peak).toFixed(2)} x`,
        ],
      })),
    )}
    <p class="soft">
      Blocks work on ${inputShape.join(" x ")} numbers with ${hidden} hidden channels, in batches of
      ${batchSize}. A block of the i-ResNet is an act-norm and a residual block with c = 0.7. Optimiser: SGD
      with momentum. Measured on the second step.
    </p>`;
}

function plot(curves: readonly MemoryCurve[]): string {
  const rows = curves.flatMap(({ name, points }, i) =>
    points.map(({ blocks, peak }) => ({ name, blocks, peak: megabytes(peak), color: studyColor(i) })),
  );
  return plotSvg(
    {
      ...studySize,
      x: {
        type: "log",
        label: "blocks",
        ticks: [...new Set(rows.map(({ blocks }) => blocks))],
        tickFormat: String,
      },
      y: { type: "log", label: "peak, MB", tickFormat: String, ticks: 5 },
      color: { type: "identity" },
      marks: [
        Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
        Plot.line(rows, { x: "blocks", y: "peak", z: "name", stroke: "color" }),
        Plot.dot(rows, { x: "blocks", y: "peak", fill: "color", r: 3.5 }),
      ],
    },
    "Peak memory of a training step against the number of blocks, logarithmic",
  );
}
