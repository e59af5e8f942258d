import type { ExampleSet } from "../../example-set.ts";
import type { StoredArray } from "../arrays/stored-array.ts";

/** Mean and standard deviation of every column. */
export interface Moments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/**
 * The moments of the columns of [n, columns], in float64 and two passes.
 *
 * @param lost 0 divides the sum of squares by n, as NumPy does, and 1 by n - 1, as pandas does.
 */
export function columnMoments({ shape, values }: StoredArray, lost: 0 | 1 = 0): Moments {
  const [count = 0, columns = 0] = shape;
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  for (let i = 0, column = 0; i < count * columns; i++, column = (column + 1) % columns)
    sums[column]! += values[i]!;
  const mean = sums.map((sum) => sum / count);
  for (let i = 0, column = 0; i < count * columns; i++, column = (column + 1) % columns)
    squares[column]! += (values[i]! - mean[column]!) ** 2;
  return { mean, deviation: squares.map((square) => Math.sqrt(square / (count - lost))) };
}

/** The kept columns as (x - mean) / deviation, computed in float64 and then rounded to float32. */
export function scaleColumns(
  { shape: [count = 0, columns = 0], values }: StoredArray,
  { mean, deviation }: Moments,
  kept: readonly number[],
): ExampleSet<Float32Array> {
  const scaled = new Float32Array(count * kept.length);
  let at = 0;
  for (let row = 0; row < count; row++)
    for (const column of kept)
      scaled[at++] = (values[row * columns + column]! - mean[column]!) / deviation[column]!;
  return { values: scaled, shape: [kept.length], count };
}

/** The kept columns of [n, columns], in the given order. */
export function pickColumns(
  { shape: [count = 0, columns = 0], values }: StoredArray,
  kept: readonly number[],
): StoredArray {
  const picked = new Float64Array(count * kept.length);
  let at = 0;
  for (let row = 0; row < count; row++)
    for (const column of kept) picked[at++] = values[row * columns + column]!;
  return { shape: [count, kept.length], values: picked };
}

/** Rows `first` up to `end`, which is not included. They share the memory of all rows. */
export function rowsBetween(
  { shape: [, columns = 0], values }: StoredArray,
  first: number,
  end: number,
): StoredArray {
  return { shape: [end - first, columns], values: values.subarray(first * columns, end * columns) };
}

/** A copy of the given rows, in the given order. */
export function takeRows(
  { shape: [, columns = 0], values }: StoredArray,
  rows: readonly number[],
): { readonly shape: readonly number[]; readonly values: Float64Array } {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => taken.set(values.subarray(row * columns, (row + 1) * columns), i * columns));
  return { shape: [rows.length, columns], values: taken };
}
