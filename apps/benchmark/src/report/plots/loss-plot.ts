import * as Plot from "@observablehq/plot";
import type { Series } from "../../figures/figure.ts";
import { curveSize } from "./curve-size.ts";
import { curvesSvg } from "./plot-document.ts";

interface Losses {
  readonly step: readonly number[];
  readonly loss: readonly number[];
  readonly floor: number | null;
}

/** Training loss against the step, one line per model, with the data's entropy where it is known. */
export function lossPlot(series: readonly Series<Losses>[], unit: string): string {
  const points = series.flatMap(({ model, color, value }) =>
    value.step.map((step, i) => ({ model, color, step, loss: value.loss[i]! })),
  );
  const { floor } = series[0]!.value;
  const marks = [
    Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
    Plot.line(points, { x: "step", y: "loss", z: "model", title: "model", stroke: "color", clip: true }),
  ];
  if (floor !== null)
    marks.push(
      Plot.ruleY([floor], {
        title: () => "entropy of the data",
        stroke: "currentColor",
        strokeDasharray: "5 4",
      }),
    );
  const losses = points.map(({ loss }) => loss);
  return curvesSvg(
    {
      ...curveSize,
      x: { label: "training step" },
      y: { label: unit, domain: lossDomain(losses, floor ?? undefined), ticks: 6 },
      color: { type: "identity" },
      marks,
    },
    `Training loss in ${unit} against the step for ${series.map(({ model }) => model).join(" and ")}`,
    { unit },
  );
}

/** From the smallest value to where the first steep descent is over: the interesting part fills the plot. */
function lossDomain(losses: readonly number[], floor: number | undefined): [number, number] {
  const sorted = losses.filter(Number.isFinite).sort((a, b) => a - b);
  const low = Math.min(sorted[0] ?? 0, floor ?? Infinity);
  const high = sorted[Math.floor(0.97 * (sorted.length - 1))] ?? 1;
  const room = 0.04 * Math.max(high - low, 1e-3);
  return [low - room, high + room];
}
