import { DataFileError } from "../../../errors.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { columnMoments, pickColumns, scaleColumns } from "../columns.ts";
import { checkVaries, divideTenths } from "./divide.ts";
import type { DividedTable } from "./divide.ts";

/** Time and two concentrations, which are left out, and sixteen sensors. */
const gasColumns = { dropped: 3, all: 19 } as const;

/** Of two sensors that agree more than this, the first is left out. */
const mostCorrelated = 0.98;

/**
 * GAS from nineteen columns. As long as any two of the sensors that are left have a correlation above 0.98, the first sensor with
 * such a partner is left out. Columns are standardised by the mean and the deviation (divided by n - 1) of all rows, those of the
 * test included, as published.
 */
export function prepareGas(where: string, table: StoredArray): DividedTable {
  const columns = table.shape[1] ?? 0;
  if (columns !== gasColumns.all)
    throw new DataFileError(`${where}: expected ${gasColumns.all} columns, received ${columns}`);
  const sensors = Array.from({ length: columns - gasColumns.dropped }, (_, i) => i + gasColumns.dropped);
  const kept = leaveOutCorrelated(pickColumns(table, sensors)).map((sensor) => sensors[sensor]!);
  const moments = columnMoments(table, 1);
  checkVaries(where, moments.deviation, kept);
  const { train, validation, test } = divideTenths(where, table);
  return {
    train: scaleColumns(train, moments, kept),
    validation: scaleColumns(validation, moments, kept),
    test: scaleColumns(test, moments, kept),
  };
}

/** The columns that are left. */
export function leaveOutCorrelated(table: StoredArray): number[] {
  const correlation = correlationsOf(table);
  let kept = [...correlation.keys()];
  for (;;) {
    const first = kept.find((column) =>
      kept.some((other) => other !== column && correlation[column]![other]! > mostCorrelated),
    );
    if (first === undefined) return kept;
    kept = kept.filter((column) => column !== first);
  }
}

function correlationsOf(table: StoredArray): Float64Array[] {
  const [count = 0, columns = 0] = table.shape;
  const { mean, deviation } = columnMoments(table);
  const products = Array.from({ length: columns }, () => new Float64Array(columns));
  const centred = new Float64Array(columns);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < columns; i++) centred[i] = table.values[row * columns + i]! - mean[i]!;
    for (let i = 0; i < columns; i++) {
      const [line, value] = [products[i]!, centred[i]!];
      for (let j = 0; j <= i; j++) line[j]! += value * centred[j]!;
    }
  }
  for (let i = 0; i < columns; i++)
    for (let j = 0; j <= i; j++)
      products[i]![j] = products[j]![i] = products[i]![j]! / (count * deviation[i]! * deviation[j]!);
  return products;
}
