import { expect, it } from "vitest";
import type { Measurements } from "../job/measurements.ts";
import { wrongPixels } from "./wrong-pixels.ts";

const measured = (wrongIntegers?: number) =>
  wrongPixels.measure({
    inverted: () => Promise.resolve({ wrongIntegers, elements: 200_704 }),
  } as unknown as Measurements);

it("wrong pixels are counted among all that came back, and a model that does not round has none to count", async () => {
  expect(await measured(96)).toEqual({ wrong: 96, of: 200_704 });
  expect(wrongPixels.text([await measured(96)], "bits/dim")).toBe("96 of 200,704");
  expect(wrongPixels.text([await measured(0)], "bits/dim")).toBe("0 of 200,704");
  expect(wrongPixels.text([await measured()], "bits/dim")).toBe("not rounded");
});

it("wrong pixels apply to images only", () => {
  expect(wrongPixels.appliesTo({ task: "density", kind: "image" })).toBe(true);
  expect(wrongPixels.appliesTo({ task: "density", kind: "table" })).toBe(false);
});
