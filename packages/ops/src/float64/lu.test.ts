import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonFiniteError } from "@invertible/errors";
import {
  diagonal64,
  difference,
  matrices,
  norm,
  rows64,
  seeded,
  sizes,
} from "../../test-support/matrices64.ts";
import { luDecompose, slogdet } from "./lu.ts";
import { identity64, matrix64, multiply64, transpose64 } from "./matrix64.ts";
import type { Matrix64 } from "./matrix64.ts";

/** Exact determinant of an integer matrix by Bareiss' fraction-free elimination. */
function exactDeterminant(rows: readonly (readonly number[])[]): bigint {
  const a = rows.map((row) => row.map(BigInt));
  const n = a.length;
  let sign = 1n;
  let previous = 1n;
  for (let k = 0; k < n - 1; k++) {
    const pivot = a.findIndex((row, i) => i >= k && row[k] !== 0n);
    if (pivot < 0) return 0n;
    if (pivot !== k) {
      [a[k], a[pivot]] = [a[pivot]!, a[k]!];
      sign = -sign;
    }
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) {
        a[i]![j] = (a[i]![j]! * a[k]![k]! - a[i]![k]! * a[k]![j]!) / previous;
      }
    }
    previous = a[k]![k]!;
  }
  return sign * a[n - 1]![n - 1]!;
}

function selectRows(a: Matrix64, order: Int32Array): Matrix64 {
  const rows = [...order].flatMap((row) => [...a.data.subarray(row * a.columns, (row + 1) * a.columns)]);
  return matrix64(a.rows, a.columns, rows);
}

describe("luDecompose", () => {
  it("decomposes a small matrix exactly", () => {
    const { lower, upper, permutation, sign } = luDecompose(
      rows64([
        [1, 2],
        [4, 4],
      ]),
    );
    expect(lower).toEqual(
      rows64([
        [1, 0],
        [0.25, 1],
      ]),
    );
    expect(upper).toEqual(
      rows64([
        [4, 4],
        [0, 1],
      ]),
    );
    expect([...permutation]).toEqual([1, 0]);
    expect(sign).toBe(-1);
  });

  it("gives P A = L U with |L| <= 1, square or rectangular, singular or not", () => {
    fc.assert(
      fc.property(matrices(sizes, sizes), (a) => {
        const { lower, upper, permutation } = luDecompose(a);
        const inner = Math.min(a.rows, a.columns);
        expect([lower.rows, lower.columns, upper.rows, upper.columns]).toEqual([
          a.rows,
          inner,
          inner,
          a.columns,
        ]);
        expect([...permutation].sort((x, y) => x - y)).toEqual([...permutation].map((_, i) => i));
        lower.data.forEach((value, at) => {
          const [i, j] = [Math.floor(at / inner), at % inner];
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
          if (j >= i) expect(value).toBe(i === j ? 1 : 0);
        });
        upper.data.forEach((value, at) => {
          if (at % a.columns < Math.floor(at / a.columns)) expect(value).toBe(0);
        });
        const error = norm(difference(selectRows(a, permutation), multiply64(lower, upper)));
        // Backward error of Gaussian elimination: n eps |L| |U|.
        expect(error).toBeLessThanOrEqual(8 * inner * Number.EPSILON * norm(lower) * norm(upper) + 1e-300);
      }),
      seeded,
    );
  });

  it("leaves its argument as it was", () => {
    const a = rows64([
      [1, 2],
      [3, 4],
    ]);
    luDecompose(a);
    expect([...a.data]).toEqual([1, 2, 3, 4]);
  });

  it("names an entry that is not finite", () => {
    const call = () =>
      luDecompose(
        rows64([
          [1, 2],
          [3, NaN],
        ]),
      );
    expect(call).toThrow(NonFiniteError);
    expect(call).toThrow("luDecompose: expected finite entries, received NaN at (1, 1)");
  });
});

describe("slogdet", () => {
  it("equals the exact determinant of integer matrices", () => {
    const rows = sizes.chain((n) =>
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: n, maxLength: n }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(rows, (a) => {
        const exact = Number(exactDeterminant(a));
        const { sign, logAbsDet } = slogdet(rows64(a));
        // Hadamard's bound is the natural scale, since cancellation may leave little of it.
        const scale = a.reduce((product, row) => product * Math.hypot(...row), 1);
        expect(Math.abs(sign * Math.exp(logAbsDet) - exact)).toBeLessThanOrEqual(1e-13 * scale);
        if (exact !== 0) expect(sign).toBe(Math.sign(exact));
      }),
      { ...seeded, numRuns: 1000 },
    );
  });

  it("is additive over products and the same for the transpose", () => {
    fc.assert(
      fc.property(
        sizes.chain((n) => fc.tuple(matrices(fc.constant(n)), matrices(fc.constant(n)))),
        ([x, y]) => {
          // A multiple of the identity bounds the condition number, so that the logarithms are comparable.
          const shifted = (m: Matrix64) => {
            const a = matrix64(m.rows, m.columns, m.data);
            const shift = 2 * norm(m) + 1;
            const data = a.data.map((value, i) => value + (i % (a.rows + 1) === 0 ? shift : 0));
            return matrix64(m.rows, m.columns, data);
          };
          const [a, b] = [shifted(x), shifted(y)];
          const total = slogdet(a).logAbsDet + slogdet(b).logAbsDet;
          expect(Math.abs(slogdet(multiply64(a, b)).logAbsDet - total)).toBeLessThanOrEqual(
            1e-12 * (1 + Math.abs(total)),
          );
          expect(Math.abs(slogdet(transpose64(a)).logAbsDet - slogdet(a).logAbsDet)).toBeLessThanOrEqual(
            1e-12 * (1 + Math.abs(total)),
          );
          expect(slogdet(multiply64(a, b)).sign).toBe(1);
        },
      ),
      seeded,
    );
  });

  it.each([
    ["1x1", [[-3]], -1, Math.log(3)],
    [
      "a swap",
      [
        [0, 1],
        [1, 0],
      ],
      -1,
      0,
    ],
    [
      "a cycle",
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      1,
      0,
    ],
    // det of the 5 x 5 Hilbert matrix is 1 / 266716800000, its condition number 5e5.
    [
      "Hilbert",
      [0, 1, 2, 3, 4].map((i) => [0, 1, 2, 3, 4].map((j) => 1 / (i + j + 1))),
      1,
      -Math.log(266716800000),
    ],
  ] as const)("is right for %s", (_, rows, sign, logAbsDet) => {
    const result = slogdet(rows64(rows as number[][]));
    expect(result.sign).toBe(sign);
    expect(result.logAbsDet).toBeCloseTo(logAbsDet, 10);
  });

  it.each([
    [[[0]]],
    [
      [
        [1, 2],
        [2, 4],
      ],
    ],
    [
      [
        [0, 0],
        [0, 5],
      ],
    ],
    [
      [
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 1],
      ],
    ],
  ])("calls %j singular", (rows) => expect(slogdet(rows64(rows))).toEqual({ sign: 0, logAbsDet: -Infinity }));

  it("is finite where the determinant over- or underflows", () => {
    const size = 500;
    expect(slogdet(diagonal64(Array.from({ length: size }, () => 1e-10))).logAbsDet).toBeCloseTo(
      -10 * size * Math.LN10,
      6,
    );
    const { sign, logAbsDet } = slogdet(diagonal64([1e-300, -1e300, 1e308, 5e-324]));
    expect(sign).toBe(-1);
    expect(logAbsDet).toBeCloseTo(Math.log(1e308) + Math.log(5e-324), 9);
    // Rows of very different size: [[1e-200, 1], [1, 1]] has determinant -1 up to 1e-200.
    const mixed = slogdet(
      rows64([
        [1e-200, 1],
        [1, 1],
      ]),
    );
    expect(mixed.sign).toBe(-1);
    expect(mixed.logAbsDet).toBeCloseTo(0, 12);
  });

  it("refuses matrices that are not square", () => {
    expect(() => slogdet(matrix64(2, 3, [1, 2, 3, 4, 5, 6]))).toThrow(
      'slogdet: expected a square matrix, received "2 x 3"',
    );
    expect(slogdet(identity64(4))).toEqual({ sign: 1, logAbsDet: 0 });
  });
});
