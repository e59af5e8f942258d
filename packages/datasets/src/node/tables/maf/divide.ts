import { DataFileError } from "../../../errors.ts";
import type { ExampleSet } from "../../../example-set.ts";
import type { StoredArray } from "../../arrays/stored-array.ts";
import { columnMoments, rowsBetween, scaleColumns } from "../columns.ts";

/** A table divided as published: rows of numbers without labels. */
export interface DividedTable {
  readonly train: ExampleSet<Float32Array>;
  readonly validation: ExampleSet<Float32Array>;
  readonly test: ExampleSet<Float32Array>;
}

/** Of all rows, the last tenth is the test. Of those before, the last tenth is the validation. Both are rounded down. */
export function divideTenths(where: string, table: StoredArray) {
  const count = table.shape[0] ?? 0;
  const tests = Math.trunc(0.1 * count);
  const validations = Math.trunc(0.1 * (count - tests));
  if (validations === 0) throw new DataFileError(`${where}: expected at least 11 rows, received ${count}`);
  const first = count - tests - validations;
  return {
    train: rowsBetween(table, 0, first),
    validation: rowsBetween(table, first, count - tests),
    test: rowsBetween(table, count - tests, count),
    /** Training and validation together. */
    known: rowsBetween(table, 0, count - tests),
  };
}

/** Divides, and standardises by the mean and the deviation (divided by n) of training and validation together. */
export function divideAndStandardise(where: string, table: StoredArray): DividedTable {
  const { train, validation, test, known } = divideTenths(where, table);
  const moments = columnMoments(known);
  const kept = [...moments.mean.keys()];
  checkVaries(where, moments.deviation);
  return {
    train: scaleColumns(train, moments, kept),
    validation: scaleColumns(validation, moments, kept),
    test: scaleColumns(test, moments, kept),
  };
}

/** @throws DataFileError for a column that is constant, since it cannot be scaled. */
export function checkVaries(
  where: string,
  deviation: Float64Array,
  kept: readonly number[] = [...deviation.keys()],
): void {
  const constant = kept.find((column) => !(deviation[column]! > 0));
  if (constant !== undefined)
    throw new DataFileError(
      `${where}: expected columns that vary, received column ${constant + 1} that does not`,
    );
}

/**
 * The columns whose smallest value occurs at most five times. The published code means to remove columns "that have too many
 * re-occurring values", and counts the smallest value of each.
 */
export function columnsOfRareMinimum({ shape: [count = 0, columns = 0], values }: StoredArray): number[] {
  const smallest = new Float64Array(columns).fill(Infinity);
  const times = new Uint32Array(columns);
  for (let i = 0, column = 0; i < count * columns; i++, column = (column + 1) % columns) {
    const value = values[i]!;
    if (value < smallest[column]!) [smallest[column], times[column]] = [value, 1];
    else if (value === smallest[column]) times[column]!++;
  }
  return [...times.keys()].filter((column) => times[column]! <= mostRepeated);
}

const mostRepeated = 5;
