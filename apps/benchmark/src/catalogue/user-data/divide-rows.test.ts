import { expect, it } from "vitest";
import { divideRows } from "./divide-rows.ts";

const values = Float64Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? 7 : i));

it("rows are divided at random, equally for equal seeds, and no row is in both parts", () => {
  const whole = { shape: [100, 3], values };
  const { train, test } = divideRows(whole, 5);
  expect([train.shape, test.shape]).toEqual([
    [80, 3],
    [20, 3],
  ]);
  expect(divideRows(whole, 5)).toEqual({ train, test });
  expect(divideRows(whole, 6).test.values).not.toEqual(test.values);
  const first = ({ values }: typeof train) => [...values].filter((_, i) => i % 3 === 0);
  expect([...first(train), ...first(test)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, i) => 3 * i),
  );
});
