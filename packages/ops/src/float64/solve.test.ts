import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  diagonal64,
  difference,
  matrices,
  norm,
  rows64,
  seeded,
  sizes,
} from "../../test-support/matrices64.ts";
import { matrix64, multiply64 } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";
import { solve, solveTriangular } from "./solve.ts";

const systems = sizes.chain((n) => fc.tuple(matrices(fc.constant(n)), matrices(fc.constant(n), sizes)));

function withDiagonal(a: Matrix64, change: (value: number) => number): Matrix64 {
  return matrix64(
    a.rows,
    a.columns,
    a.data.map((value, i) => (i % (a.columns + 1) === 0 ? change(value) : value)),
  );
}

function triangleOf(a: Matrix64, triangle: "lower" | "upper"): Matrix64 {
  const data = a.data.map((value, at) => {
    const [i, j] = [Math.floor(at / a.columns), at % a.columns];
    return i === j || i > j === (triangle === "lower") ? value : 0;
  });
  return matrix64(a.rows, a.columns, data);
}

// Products below 2^-1022 lose digits.
const subnormal = 1e-300;

describe("solveTriangular", () => {
  it.each(["lower", "upper"] as const)(
    "gives a small residual and reads only the %s triangle",
    (triangle) => {
      fc.assert(
        fc.property(systems, ([a, b]) => {
          const regular = withDiagonal(a, (value) => (value === 0 ? 1 : value));
          const x = solveTriangular(regular, b, { triangle });
          const stored = triangleOf(regular, triangle);
          // Tiny pivots next to large entries overflow; the bound says nothing about infinity.
          fc.pre(x.data.every(Number.isFinite));
          const residual = norm(difference(multiply64(stored, x), b));
          expect(residual).toBeLessThanOrEqual(
            8 * a.rows * Number.EPSILON * norm(stored) * norm(x) + subnormal,
          );
        }),
        seeded,
      );
    },
  );

  it("takes the diagonal as ones when told so", () => {
    const t = rows64([
      [7, 99],
      [2, 7],
    ]);
    const x = solveTriangular(t, rows64([[1], [5]]), { triangle: "lower", diagonal: "unit" });
    expect([...x.data]).toEqual([1, 3]);
    const y = solveTriangular(
      rows64([
        [2, 1],
        [0, 4],
      ]),
      rows64([[4], [8]]),
      { triangle: "upper" },
    );
    expect([...y.data]).toEqual([1, 2]);
  });

  it("names a zero on the diagonal and sizes that do not fit", () => {
    const t = rows64([
      [1, 0],
      [1, 0],
    ]);
    expect(() => solveTriangular(t, rows64([[1], [1]]), { triangle: "lower" })).toThrow(
      'solveTriangular: t: expected a diagonal without zeros, received "0 at (1, 1)"',
    );
    expect(() => solveTriangular(t, rows64([[1]]), { triangle: "lower" })).toThrow(
      "solveTriangular: b: expected 2 rows, received 1",
    );
  });
});

describe("solve", () => {
  it("gives a small backward error", () => {
    fc.assert(
      fc.property(systems, ([a, b]) => {
        const regular = withDiagonal(a, (value) => value + 3 * norm(a) + 1);
        const x = solve(regular, b);
        const residual = norm(difference(multiply64(regular, x), b));
        expect(residual).toBeLessThanOrEqual(
          16 * a.rows * Number.EPSILON * norm(regular) * norm(x) + subnormal,
        );
      }),
      seeded,
    );
  });

  it("solves small systems exactly", () => {
    expect([...solve(rows64([[4]]), rows64([[2, 8]])).data]).toEqual([0.5, 2]);
    expect([
      ...solve(
        rows64([
          [0, 1],
          [2, 0],
        ]),
        rows64([[3], [4]]),
      ).data,
    ]).toEqual([2, 3]);
  });

  it("solves badly scaled systems: pivoting keeps the small pivot out", () => {
    const x = solve(
      rows64([
        [1e-20, 1],
        [1, 1],
      ]),
      rows64([[1], [2]]),
    );
    expect(x.data[0]).toBeCloseTo(1, 14);
    expect(x.data[1]).toBeCloseTo(1, 14);
    const scaled = solve(diagonal64([1e-150, 1e150]), rows64([[1e-150], [1e150]]));
    expect([...scaled.data]).toEqual([1, 1]);
  });

  it.each([
    [[[0]]],
    [
      [
        [1, 2],
        [2, 4],
      ],
    ],
  ])("refuses the singular %j", (rows) => {
    const column = rows.length - 1;
    const b = matrix64(
      rows.length,
      1,
      rows.map(() => 1),
    );
    expect(() => solve(rows64(rows), b)).toThrow(
      `solve: a: expected a regular matrix, received "a zero pivot in column ${column}"`,
    );
  });

  it("refuses sizes that do not fit and entries that are not finite", () => {
    expect(() => solve(rows64([[1, 2]]), rows64([[1]]))).toThrow("solve: a: expected a square matrix");
    expect(() => solve(rows64([[1]]), rows64([[1], [2]]))).toThrow("solve: b: expected 1 rows, received 2");
    expect(() => solve(rows64([[1]]), rows64([[Infinity]]))).toThrow("received Infinity at (0, 0)");
  });
});
