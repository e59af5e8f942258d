import { DataFileError } from "../../../errors.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { pickColumns, takeRows } from "../columns.ts";
import { columnsOfRareMinimum, divideAndStandardise } from "./divide.ts";
import type { DividedTable } from "./divide.ts";

/** Below it, the first column marks a row as an outlier. */
const outlierBelow = -100;

/** MINIBOONE from the authors' `data.npy`, in which outliers and columns are left out already. */
export function divideMiniboone(where: string, table: StoredArray): DividedTable {
  return divideAndStandardise(where, table);
}

/**
 * MINIBOONE from the signal events, which are the first rows of `MiniBooNE_PID.txt`. Rows whose first column is below -100 are
 * outliers and left out, and so are columns whose smallest value occurs more than five times in the rows that remain.
 */
export function prepareMiniboone(where: string, table: StoredArray): DividedTable {
  const [count = 0, columns = 0] = table.shape;
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (!(table.values[row * columns]! < outlierBelow)) rows.push(row);
  const usual = takeRows(table, rows);
  const kept = columnsOfRareMinimum(usual);
  if (kept.length === 0)
    throw new DataFileError(`${where}: expected columns with few repeated values, received none`);
  return divideMiniboone(where, pickColumns(usual, kept));
}
