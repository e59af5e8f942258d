import { expect, it } from "vitest";
import { standardise } from "./standardise.ts";

const values = Float64Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? 7 : i));

it("rows have mean 0 and standard deviation 1 in the training part, and lose constant columns", () => {
  const { train, test } = standardise(
    "it",
    { shape: [100, 3], values },
    { shape: [1, 3], values: values.slice(0, 3) },
  );
  expect([train.shape, train.count, test.count]).toEqual([[2], 100, 1]);
  const column = [...train.values].filter((_, i) => i % 2 === 1);
  const mean = column.reduce((a, b) => a + b, 0) / 100;
  expect(mean).toBeCloseTo(0, 5);
  expect(column.reduce((sum, x) => sum + x ** 2, 0) / 100).toBeCloseTo(1, 5);
  expect(test.values[0]).toBe(train.values[0]);
});

it("fewer than two columns that vary are refused", () => {
  const constant = { shape: [3, 2], values: Float64Array.of(1, 2, 1, 3, 1, 4) };
  expect(() => standardise("rows.csv", constant, constant)).toThrow(
    "rows.csv: expected at least two columns that vary in training, received 1",
  );
});
