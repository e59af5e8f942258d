import type { LoadedData } from "../dataset-entry.ts";
import { ArrayFileError } from "./array-file.ts";
import type { StoredArray } from "./array-file.ts";

/**
 * Columns shifted and scaled to mean 0 and standard deviation 1 over the training rows; the test rows by the same numbers.
 * Columns that are constant in training are left out: they have no density.
 */
export function standardise(train: StoredArray, test: StoredArray): LoadedData {
  const [count = 0, columns = 0] = train.shape;
  const moments = Array.from({ length: columns }, (_, column) => {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < count; row++) sum += train.values[row * columns + column]!;
    const mean = sum / count;
    for (let row = 0; row < count; row++) squares += (train.values[row * columns + column]! - mean) ** 2;
    return { column, mean, deviation: Math.sqrt(squares / count) };
  });
  const kept = moments.filter(({ deviation }) => deviation > 0);
  if (kept.length < 2)
    throw new ArrayFileError(`standardise: expected at least two columns that vary, received ${kept.length}`);
  const scaled = ({ shape: [rows = 0], values }: StoredArray) => ({
    values: Float32Array.from({ length: rows * kept.length }, (_, i) => {
      const { column, mean, deviation } = kept[i % kept.length]!;
      return (values[Math.floor(i / kept.length) * columns + column]! - mean) / deviation;
    }),
    shape: [kept.length],
    count: rows,
  });
  return { train: scaled(train), test: scaled(test) };
}
