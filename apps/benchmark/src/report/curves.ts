import * as Plot from "@observablehq/plot";
import type { JobResult } from "../results/schema.ts";
import { plotSvg } from "./plot-document.ts";

/** The colour of a model, everywhere in the page. */
export const modelColor = (model: string): string => `var(--${model})`;

const size = { width: 460, height: 260, marginLeft: 52, marginBottom: 38, marginRight: 12 };

/** Training loss against the step, one line per model, with the data's entropy where it is known. */
export function lossPlot(jobs: readonly JobResult[]): string {
  const unit = jobs[0]!.unit;
  const points = jobs.flatMap(({ model, lossCurve }) =>
    lossCurve.step.map((step, i) => ({ model, step, loss: lossCurve.loss[i]! })),
  );
  const entropy = jobs[0]!.dataEntropy;
  const marks = [
    Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
    Plot.line(points, {
      x: "step",
      y: "loss",
      z: "model",
      stroke: (p: { model: string }) => modelColor(p.model),
      clip: true,
    }),
  ];
  if (entropy) marks.push(Plot.ruleY([entropy.value], { stroke: "currentColor", strokeDasharray: "5 4" }));
  return plotSvg(
    {
      ...size,
      x: { label: "training step" },
      y: {
        label: unit,
        domain: lossDomain(
          points.map((p) => p.loss),
          entropy?.value,
        ),
        ticks: 6,
      },
      color: { type: "identity" },
      marks,
    },
    `Training loss in ${unit} against the step for ${jobs.map((job) => job.model).join(" and ")}`,
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

/** Error of the inverse when every layer stops after n fixed-point iterations. */
export function inversePlot(jobs: readonly JobResult[]): string {
  const rows = jobs.flatMap(({ model, inverse, inverseCurve }) =>
    inverseCurve.iterations.flatMap((iterations, i) =>
      (["max", "mean"] as const).map((kind) => ({
        line: `${model} ${kind}`,
        model,
        kind,
        iterations,
        // A log axis has no zero: an exact inverse shows at float32's resolution.
        error: Math.max(inverseCurve[kind][i]!, 6e-8),
        analytic: inverse.method === "analytic",
      })),
    ),
  );
  const curves = rows.filter((row) => !row.analytic);
  const levels = rows.filter((row) => row.analytic);
  const { domain, decades } = wholeDecades(rows.map((row) => row.error));
  type Row = (typeof rows)[number];
  const dash = (kind: string) => (kind === "max" ? "none" : "2 3");
  return plotSvg(
    {
      ...size,
      x: { label: "iterations per residual block", nice: true },
      y: {
        type: "log",
        label: "error",
        domain,
        ticks: decades,
        tickFormat: (v: number) => `1e${Math.round(Math.log10(v))}`,
      },
      color: { type: "identity" },
      marks: [
        Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: decades }),
        ...["max", "mean"].flatMap((kind) => [
          Plot.line(
            curves.filter((row) => row.kind === kind),
            {
              x: "iterations",
              y: "error",
              z: "line",
              stroke: (row: Row) => modelColor(row.model),
              strokeDasharray: dash(kind),
              marker: "dot",
            },
          ),
          Plot.ruleY(
            levels.filter((row) => row.kind === kind),
            {
              y: "error",
              stroke: (row: Row) => modelColor(row.model),
              strokeDasharray: dash(kind),
              strokeWidth: 1.5,
            },
          ),
        ]),
      ],
    },
    "Largest and mean error of the inverse against the number of fixed-point iterations, logarithmic",
  );
}

/** The powers of ten around some positive values: a logarithmic axis without crowded ticks. */
function wholeDecades(values: readonly number[]): { domain: [number, number]; decades: number[] } {
  const exponents = values.map(Math.log10);
  const low = Math.floor(Math.min(...exponents));
  const high = Math.max(low + 1, Math.ceil(Math.max(...exponents)));
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { domain: [10 ** low, 10 ** high], decades };
}
