import * as Plot from "@observablehq/plot";
import { decodeFloats, encodeBytes } from "../../results/binary.ts";
import type { DensityGrid } from "../../results/density-grid.ts";
import { magma } from "../pictures/color-scale.ts";
import { html, raw } from "../html.ts";
import type { Html } from "../html.ts";
import { plotSvg } from "./plot-document.ts";
import { pngDataUri } from "../pictures/png.ts";

const square = { width: 240, height: 240, margin: 6 };

/** Points in the square [-halfWidth, halfWidth]^2. */
function scatterPlot(points: Float32Array, halfWidth: number, color: string, label: string): string {
  const pairs = Array.from(
    { length: points.length / 2 },
    (_, i) => [points[2 * i]!, points[2 * i + 1]!] as const,
  );
  const inside = pairs.filter(([x, y]) => Math.max(Math.abs(x), Math.abs(y)) <= halfWidth);
  return plotSvg(
    {
      ...square,
      x: { domain: [-halfWidth, halfWidth], axis: null },
      y: { domain: [-halfWidth, halfWidth], axis: null },
      marks: [
        Plot.frame({ stroke: "var(--line)" }),
        Plot.dot(
          inside.map(([x, y]) => [round(x), round(y)]),
          { r: 1.3, fill: color, fillOpacity: 0.55 },
        ),
      ],
    },
    label,
  );
}

/** Three decimals of a data unit are far below a pixel, and a third of the bytes. */
const round = (value: number) => Math.round(value * 1000) / 1000;

/** A density as a picture with contours, on a colour scale that ends at `top`. */
function densityPlot({ cells, halfWidth, values }: DensityGrid, top: number, label: string): string {
  const density = decodeFloats(values);
  const pixels = new Uint8Array(cells * cells * 3);
  density.forEach((value, i) => pixels.set(magma(value / top), 3 * i));
  const domain: [number, number] = [-halfWidth, halfWidth];
  // Plot counts rows upwards from y1; the picture's rows go down from the top.
  const upwards = density.map((_, i) => density[(cells - 1 - Math.floor(i / cells)) * cells + (i % cells)]!);
  return plotSvg(
    {
      ...square,
      x: { domain, axis: null },
      y: { domain, axis: null },
      marks: [
        Plot.image([0], {
          x: 0,
          y: 0,
          width: square.width - 2 * square.margin,
          height: square.height - 2 * square.margin,
          preserveAspectRatio: "none",
          src: () => pngDataUri(pixels, cells, cells),
        }),
        Plot.contour(upwards, {
          width: cells,
          height: cells,
          x1: -halfWidth,
          x2: halfWidth,
          y1: -halfWidth,
          y2: halfWidth,
          thresholds: [0.1, 0.3, 0.6].map((share) => share * top),
          stroke: "white",
          strokeOpacity: 0.55,
          strokeWidth: 0.7,
        }),
        Plot.frame({ stroke: "var(--line)" }),
      ],
    },
    label,
  );
}

/** The learned density itself, from its logarithm. */
export function modelDensity(logDensity: DensityGrid): DensityGrid {
  return { ...logDensity, values: encodeBytes(decodeFloats(logDensity.values).map(Math.exp)) };
}

/** The end of the colour scale that all densities of one data set share: nearly the largest value of any model. */
export function sharedTop(logDensities: readonly DensityGrid[]): number {
  const tops = logDensities.map((logDensity) => {
    const sorted = decodeFloats(modelDensity(logDensity).values).sort();
    return sorted[Math.floor(0.998 * (sorted.length - 1))]!;
  });
  return Math.max(...tops, Number.MIN_VALUE);
}

/** float32 pairs as base64, drawn in the square [-halfWidth, halfWidth]^2. `what`: "samples" or the like. */
export function pointsPanel(
  name: string,
  points: string,
  halfWidth: number,
  color: string,
  what: string,
): Html {
  return panel(name, scatterPlot(decodeFloats(points), halfWidth, color, `${name}: ${what}`));
}

export function densityPanel(name: string, density: DensityGrid, top: number, what: string): Html {
  return panel(name, densityPlot(density, top, `${name}: ${what}`));
}

function panel(name: string, plot: string): Html {
  return html`<figure>
    ${raw(plot)}
    <figcaption>${name}</figcaption>
  </figure>`;
}

/** Panels side by side under one heading. */
export function panelRow(heading: string, panels: readonly Html[]): Html {
  return html`<h3>${heading}</h3>
    <div class="panels" data-zoomable style="--panels:${panels.length}">${panels}</div>`;
}
