import { ArgumentError } from "@invertible/errors";
import { describe, expect, it } from "vitest";
import { oneHot } from "./index.ts";

describe("oneHot", () => {
  it("writes a 1 at the class, and nothing for no label", () => {
    const rows = oneHot([1, -1, 0], 3);
    expect(rows).toEqual({ values: Uint8Array.of(0, 1, 0, 0, 0, 0, 1, 0, 0), shape: [3] });
    expect(oneHot(Int32Array.of(2), 3).values).toEqual(Uint8Array.of(0, 0, 1));
    expect(oneHot(new Uint8Array(0), 3)).toEqual({ values: new Uint8Array(0), shape: [3] });
  });

  it("names the first label that is none", () => {
    const message = (labels: ArrayLike<number>) => {
      try {
        oneHot(labels, 10);
      } catch (error) {
        if (ArgumentError.is(error)) return error.message;
      }
      return "none";
    };
    expect(message([0, 9, 10, 11])).toBe(
      "oneHot labels[2]: expected an integer from 0 to 9, or -1 for no label, received 10",
    );
    expect(message([-2])).toMatch(/labels\[0\].*received -2/);
    expect(message([1.5])).toMatch(/labels\[0\].*received 1.5/);
    expect(message([3, NaN])).toMatch(/labels\[1\].*received NaN/);
    expect(message(["1" as unknown as number])).toMatch(/labels\[0\].*received "1"/);
    expect(message(Array<number>(2))).toMatch(/labels\[0\].*received undefined/);
    expect(message(7 as unknown as number[])).toBe("oneHot labels: expected an array of numbers, received 7");
    expect(() => oneHot([0], 1)).toThrow("oneHot classes: expected an integer from 2 to 1048576, received 1");
  });
});
