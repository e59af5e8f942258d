import { expect, it } from "vitest";
import { stepControl } from "./step-control.ts";

it("finds the longest length that meets the tolerance, of a method whose error is (length / 0.3)^5", () => {
  const control = stepControl(5);
  let length = 1;
  let refused = 0;
  for (let i = 0; i < 30; i++) {
    const error = (length / 0.3) ** 5;
    if (error > 1) refused++;
    length *= error > 1 ? control.refuse(error) : control.accept(error);
  }
  expect(length).toBeGreaterThan(0.8 * 0.3);
  expect(length).toBeLessThan(0.3);
  expect(refused).toBeLessThan(4);
});

it("keeps its factors between 0.2 and 5, whatever the error", () => {
  const control = stepControl(5);
  expect(control.accept(0)).toBe(5);
  for (const error of [1e9, Infinity, NaN]) expect(control.refuse(error)).toBe(0.2);
});

it("does not grow right after a refusal", () => {
  const control = stepControl(5);
  control.refuse(3);
  expect(control.accept(1e-4)).toBe(1);
  expect(control.accept(1e-4)).toBeGreaterThan(1);
});
