import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random/create-random.ts";
import { difference, matrices, norm, rows64, seeded, sizes } from "../../test-support/matrices64.ts";
import { slogdet } from "./lu.ts";
import { identity64, matrix64, multiply64, transpose64 } from "./matrix64.ts";
import { qrDecompose } from "./qr.ts";

// Products below 2^-1022 lose digits.
const subnormal = 1e-300;

describe("qrDecompose", () => {
  it("gives A = Q R, Q orthonormal, R upper triangular with a diagonal >= 0, also for rank-deficient A", () => {
    const tall = sizes.chain((n) => matrices(fc.integer({ min: n, max: n + 4 }), fc.constant(n)));
    fc.assert(
      fc.property(tall, (a) => {
        const { q, r } = qrDecompose(a);
        const tolerance = 16 * a.rows * a.columns * Number.EPSILON;
        expect(norm(difference(multiply64(q, r), a))).toBeLessThanOrEqual(tolerance * norm(a) + subnormal);
        expect(norm(difference(multiply64(transpose64(q), q), identity64(a.columns)))).toBeLessThanOrEqual(
          tolerance,
        );
        r.data.forEach((value, at) => {
          const [i, j] = [Math.floor(at / a.columns), at % a.columns];
          if (i > j) expect(value).toBe(0);
          if (i === j) expect(value).toBeGreaterThanOrEqual(0);
        });
      }),
      seeded,
    );
  });

  it.each([1e-310, 1e-160, 1, 1e160, 1e307])("is right for entries near %d", (scale) => {
    const a = matrix64(2, 2, [3 * scale, 1 * scale, 4 * scale, 2 * scale]);
    const { q, r } = qrDecompose(a);
    expect(r.data[0]! / scale).toBeCloseTo(5, 12);
    expect(r.data[1]! / scale).toBeCloseTo(2.2, 12);
    expect(r.data[3]! / scale).toBeCloseTo(0.4, 12);
    expect([...q.data].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([0.6, -0.8, 0.8, 0.6]);
  });

  it("decomposes 1x1 and zero matrices", () => {
    expect(qrDecompose(rows64([[-3]]))).toEqual({ q: rows64([[-1]]), r: rows64([[3]]) });
    const { q, r } = qrDecompose(
      rows64([
        [0, 0],
        [0, 0],
      ]),
    );
    expect(norm(r)).toBe(0);
    expect(norm(difference(multiply64(transpose64(q), q), identity64(2)))).toBeLessThan(1e-15);
  });

  it("turns normal matrices into uniformly distributed rotations", () => {
    // For Haar measure on O(2) the angle of the first column is uniform and det is +-1 with equal chance.
    const count = 4000;
    const parent = createRandom(1);
    const quadrants = [0, 0, 0, 0];
    let positive = 0;
    for (let i = 0; i < count; i++) {
      const { q } = qrDecompose(matrix64(2, 2, parent.fold(i).normalArray(4)));
      quadrants[(q.data[0]! > 0 ? 1 : 0) + (q.data[2]! > 0 ? 2 : 0)]!++;
      if (slogdet(q).sign > 0) positive++;
    }
    // 3.3 standard deviations of the binomial counts.
    for (const seen of quadrants)
      expect(Math.abs(seen - count / 4)).toBeLessThan(3.3 * Math.sqrt((count * 3) / 16));
    expect(Math.abs(positive - count / 2)).toBeLessThan(3.3 * Math.sqrt(count / 4));
  });

  it("refuses wide matrices and entries that are not finite", () => {
    expect(() => qrDecompose(rows64([[1, 2]]))).toThrow(
      "qrDecompose: expected at least as many rows as columns",
    );
    expect(() => qrDecompose(rows64([[NaN]]))).toThrow("received NaN at (0, 0)");
  });
});
