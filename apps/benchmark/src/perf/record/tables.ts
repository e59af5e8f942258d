import Table from "cli-table3";
import type { BackendName } from "../backend-names.ts";
import { formatCount, formatMilliseconds, formatSmall } from "../results/format.ts";
import type { PerformanceCase } from "./cases.ts";
import { depths, describeSize, gradientModes, plainMode } from "./gradient-modes.ts";
import type { NetworkSize } from "./gradient-modes.ts";
import type { InverseCase } from "./inverse-cases.ts";
import type { CaseTime } from "./measure-case.ts";
import type { GradientCost } from "./measure-gradients.ts";
import type { InverseFigures } from "./measure-inverse.ts";

const tooSlow = "not measured: a step takes minutes";

export interface ModelLine {
  readonly backend: BackendName;
  readonly performanceCase: PerformanceCase;
  /** Absent where the backend is too slow for it. */
  readonly time: CaseTime | undefined;
}

/** In the order of `gradientModes`. */
export interface GradientLines {
  readonly backend: BackendName;
  readonly size: NetworkSize;
  /** Absent where the backend is too slow for it. */
  readonly costs: readonly GradientCost[] | undefined;
}

export interface InverseLines {
  readonly backend: BackendName;
  readonly inverseCase: InverseCase;
  readonly figures: InverseFigures;
}

export function modelTable(lines: readonly ModelLine[]): string {
  const table = tableOf([
    ["backend", "left"],
    ["data", "left"],
    ["model", "left"],
    ["layout", "left"],
    ["batch", "right"],
    ["parameters", "right"],
    ["ms/step", "right"],
    ["fastest - slowest", "right"],
  ]);
  for (const { backend, performanceCase, time } of lines) {
    const { name, model, layout, batchSize } = performanceCase;
    const figures =
      time === undefined
        ? ["", tooSlow, ""]
        : [
            formatCount(time.parameters),
            formatMilliseconds(time.median),
            `${formatMilliseconds(time.fastest)} - ${formatMilliseconds(time.slowest)}`,
          ];
    table.push([backend, name, model, layout, batchSize, ...figures]);
  }
  return table.toString();
}

export function gradientTable(lines: readonly GradientLines[]): string {
  const [few, many] = depths;
  const table = tableOf([
    ["backend", "left"],
    ["blocks of", "left"],
    ["gradient of the log-det, backward pass", "left"],
    [`ms/step, ${few} blocks`, "right"],
    [`against ${plainMode.name}`, "right"],
    [`peak MB, ${few} blocks`, "right"],
    [`${many} blocks`, "right"],
    ["ratio", "right"],
  ]);
  for (const { backend, size, costs } of lines) {
    if (costs === undefined) {
      table.push([backend, describeSize(size), "", tooSlow, "", "", "", ""]);
      continue;
    }
    const plain = costs[gradientModes.findIndex((mode) => mode === plainMode)]!;
    gradientModes.forEach(({ name }, i) => {
      const { milliseconds, peaks } = costs[i]!;
      const [shallow, deep] = peaks as [number, number];
      table.push([
        backend,
        describeSize(size),
        name,
        formatMilliseconds(milliseconds),
        `${(milliseconds / plain.milliseconds).toFixed(2)} x`,
        megabytes(shallow),
        megabytes(deep),
        `${(deep / shallow).toFixed(2)} x`,
      ]);
    });
  }
  return table.toString();
}

export function inverseTable(lines: readonly InverseLines[]): string {
  const table = tableOf([
    ["backend", "left"],
    ["block", "left"],
    ["c", "right"],
    ["rate", "right"],
    ["batch", "right"],
    ["method", "left"],
    ["iterations", "right"],
    ["ms", "right"],
    ["error at most", "right"],
  ]);
  for (const { backend, inverseCase, figures } of lines)
    for (const { method, iterations, milliseconds, errorBound } of figures.costs)
      table.push([
        backend,
        inverseCase.name,
        inverseCase.coefficient,
        figures.rate.toFixed(2),
        inverseCase.batchSize,
        method,
        iterations,
        formatMilliseconds(milliseconds),
        formatSmall(errorBound),
      ]);
  return table.toString();
}

function tableOf(columns: readonly (readonly [head: string, align: "left" | "right"])[]): Table.Table {
  return new Table({
    head: columns.map(([head]) => head),
    colAligns: columns.map(([, align]) => align),
    style: { head: [], border: [], compact: true },
  });
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
