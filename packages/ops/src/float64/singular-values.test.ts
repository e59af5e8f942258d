import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagonal64, matrices, norm, rows64, seeded, sizes } from "../../test-support/matrices64.ts";
import { slogdet } from "./lu.ts";
import { matrix64, transpose64 } from "./matrix64.ts";
import { singularValues } from "./singular-values.ts";

describe("singularValues", () => {
  it("are those of small matrices", () => {
    // A^T A of [[3, 0], [4, 5]] has eigenvalues 45 and 5.
    const [first, second] = singularValues(
      rows64([
        [3, 0],
        [4, 5],
      ]),
    );
    expect(first).toBeCloseTo(Math.sqrt(45), 14);
    expect(second).toBeCloseTo(Math.sqrt(5), 14);
    expect([...singularValues(rows64([[-2]]))]).toEqual([2]);
    expect([...singularValues(diagonal64([1, -7, 0, 3]))]).toEqual([7, 3, 1, 0]);
    expect([...singularValues(rows64([[3, 4]]))].map((value) => Math.round(value * 1e12) / 1e12)).toEqual([
      5,
    ]);
  });

  it("are sorted, keep the Frobenius norm, the determinant and the transpose", () => {
    fc.assert(
      fc.property(matrices(sizes, sizes), (a) => {
        const values = singularValues(a);
        expect(values.length).toBe(Math.min(a.rows, a.columns));
        expect(values.every((value, i) => value >= 0 && (i === 0 || value <= values[i - 1]!))).toBe(true);
        const tolerance = 64 * Number.EPSILON * values[0]!;
        expect(Math.abs(norm({ data: values }) - norm(a))).toBeLessThanOrEqual(tolerance);
        singularValues(transpose64(a)).forEach((value, i) => {
          expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(tolerance);
        });
        if (a.rows !== a.columns || !(values.at(-1)! > 1e-6 * values[0]!)) return;
        const logProduct = values.reduce((total, value) => total + Math.log(value), 0);
        // The relative error of the smallest value is eps times the condition number, here at most 1e6.
        expect(Math.abs(slogdet(a).logAbsDet - logProduct)).toBeLessThanOrEqual(1e-8);
      }),
      seeded,
    );
  });

  it.each([1e-310, 1e-160, 1e150, 2e307])("are right for entries near %d", (scale) => {
    const values = singularValues(
      matrix64(
        2,
        2,
        [3, 0, 4, 5].map((value) => value * scale),
      ),
    );
    expect(values[0]! / scale).toBeCloseTo(Math.sqrt(45), 12);
    expect(values[1]! / scale).toBeCloseTo(Math.sqrt(5), 12);
  });

  it("refuses NaN instead of iterating for ever", () => {
    expect(() =>
      singularValues(
        rows64([
          [1, NaN],
          [0, 1],
        ]),
      ),
    ).toThrow("singularValues: expected finite entries, received NaN at (0, 1)");
  });
});
