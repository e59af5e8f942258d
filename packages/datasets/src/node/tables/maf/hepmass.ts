import { DataFileError } from "../../../errors.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { columnMoments, pickColumns, rowsBetween, scaleColumns, takeRows } from "../columns.ts";
import { checkVaries, columnsOfRareMinimum } from "./divide.ts";
import type { DividedTable } from "./divide.ts";

/** The first tenth of the rows of the original files, which is all that is used. */
export const hepmassRows = { train: 700_000, test: 350_000 } as const;

/**
 * HEPMASS from `1000_train.csv` and `1000_test.csv`, whose first column is the class. Only rows of class 1 are used. The test file
 * of the authors has one column too many at its end. Columns are standardised by the mean and the deviation (divided by n - 1) of the rows
 * of the training file, and left out where the smallest value occurs more than five times there. The last tenth of the
 * training file is the validation.
 */
export function prepareHepmass(where: string, train: StoredArray, test: StoredArray): DividedTable {
  const columns = train.shape[1] ?? 0;
  const inTest = test.shape[1] ?? 0;
  if (columns < 2 || (inTest !== columns && inTest !== columns + 1))
    throw new DataFileError(
      `${where}: expected a class and as many columns in training and test (one more in the test at most), received ${columns} and ${inTest}`,
    );
  const features = Array.from({ length: columns - 1 }, (_, i) => i + 1);
  const [known, held] = [ofClassOne(train, features), ofClassOne(test, features)];
  const kept = columnsOfRareMinimum(known);
  const moments = columnMoments(known, 1);
  checkVaries(where, moments.deviation, kept);
  const count = known.shape[0]!;
  const validations = Math.trunc(0.1 * count);
  if (validations === 0 || held.shape[0] === 0)
    throw new DataFileError(
      `${where}: expected at least 10 training rows and a test row of class 1, received ${count} and ${held.shape[0]}`,
    );
  return {
    train: scaleColumns(rowsBetween(known, 0, count - validations), moments, kept),
    validation: scaleColumns(rowsBetween(known, count - validations, count), moments, kept),
    test: scaleColumns(held, moments, kept),
  };
}

function ofClassOne(table: StoredArray, features: readonly number[]): StoredArray {
  const [count = 0, columns = 0] = table.shape;
  const rows: number[] = [];
  for (let row = 0; row < count; row++) if (table.values[row * columns] === 1) rows.push(row);
  return pickColumns(takeRows(table, rows), features);
}
