import type { ExampleSet } from "../../example-set.ts";
import { DataFileError } from "../../errors.ts";
import type { StoredArray } from "../arrays/stored-array.ts";
import { columnMoments, scaleColumns } from "./columns.ts";

/**
 * Shifts and scales columns so that the training rows have mean 0 and standard deviation 1 (divided by n), and the test rows by
 * the same numbers. Columns that are constant in training are left out, because they have no density.
 *
 * @param where begins error messages
 * @param train [n, columns]
 * @param test [m, columns]
 * @throws DataFileError where fewer than two columns vary.
 */
export function standardise(
  where: string,
  train: StoredArray,
  test: StoredArray,
): { readonly train: ExampleSet<Float32Array>; readonly test: ExampleSet<Float32Array> } {
  const moments = columnMoments(train);
  const kept = columnsThatVary(train, moments);
  if (kept.length < 2)
    throw new DataFileError(
      `${where}: expected at least two columns that vary in training, received ${kept.length}`,
    );
  return { train: scaleColumns(train, moments, kept), test: scaleColumns(test, moments, kept) };
}

/** The columns that are not constant, counted from 0. */
export function columnsThatVary(table: StoredArray, { deviation } = columnMoments(table)): number[] {
  return [...deviation.keys()].filter((column) => deviation[column]! > 0);
}
