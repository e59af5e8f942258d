import * as Plot from "@observablehq/plot";
import type { Series } from "../../figures/figure.ts";
import { curveSize } from "./curve-size.ts";
import { curvesSvg } from "./plot-document.ts";

interface Errors {
  readonly analytic: boolean;
  readonly iterations: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
}

const resolution = 6e-8;

/** Error of the inverse when every iterative layer stops after n iterations. */
export function inversePlot(series: readonly Series<Errors>[]): string {
  const rows = series.flatMap(({ model, color, value }) =>
    value.iterations.flatMap((iterations, i) =>
      (["max", "mean"] as const).map((kind) => ({
        line: `${model}, ${kind === "max" ? "largest error" : "mean error"}`,
        color,
        kind,
        iterations,
        // A log axis has no zero: an exact inverse shows at float32's resolution.
        error: Math.max(value[kind][i]!, resolution),
        analytic: value.analytic,
      })),
    ),
  );
  const { domain, decades } = wholeDecades(rows.map((row) => row.error));
  const marks = (["max", "mean"] as const).flatMap((kind) => {
    const ofKind = rows.filter((row) => row.kind === kind);
    const strokeDasharray = kind === "max" ? "none" : "2 3";
    return [
      Plot.line(
        ofKind.filter((row) => !row.analytic),
        {
          x: "iterations",
          y: "error",
          z: "line",
          title: "line",
          stroke: "color",
          strokeDasharray,
          marker: "dot",
        },
      ),
      Plot.ruleY(
        ofKind.filter((row) => row.analytic),
        { y: "error", title: "line", stroke: "color", strokeDasharray, strokeWidth: 1.5 },
      ),
    ];
  });
  return curvesSvg(
    {
      ...curveSize,
      x: { label: "iterations per iterative layer", nice: true },
      y: {
        type: "log",
        label: "error",
        domain,
        ticks: decades,
        tickFormat: (v: number) => `1e${Math.round(Math.log10(v))}`,
      },
      color: { type: "identity" },
      marks: [Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: decades }), ...marks],
    },
    "Largest and mean error of the inverse against the number of iterations, logarithmic",
    { least: resolution },
  );
}

/** The powers of ten around some positive values: a logarithmic axis without crowded ticks. */
function wholeDecades(values: readonly number[]): { domain: [number, number]; decades: number[] } {
  const exponents = values.filter(Number.isFinite).map(Math.log10);
  const low = Math.floor(Math.min(...exponents));
  const high = Math.max(low + 1, Math.ceil(Math.max(...exponents)));
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { domain: [10 ** low, 10 ** high], decades };
}
