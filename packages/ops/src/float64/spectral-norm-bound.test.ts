import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../random/create-random.ts";
import { NonFiniteError } from "@invertible/errors";
import { diagonal64, matrices, norm, seeded, sizes } from "../../test-support/matrices64.ts";
import { identity64, matrix64 } from "./matrix64.ts";
import { qrDecompose } from "./qr.ts";
import { roundUp } from "./round-up.ts";
import { singularValues } from "./singular-values.ts";
import { frobeniusNormBound, spectralNormBound } from "./spectral-norm-bound.ts";

/** The error of the SVD, a few eps of the largest value. The bound may lie below its result by this much. */
const svdError = 64 * Number.EPSILON;
/** Where only integers times 2^-1074 are left, rounding up costs one of them. */
const denormal = 2 * Number.MIN_VALUE;

describe("spectralNormBound", () => {
  it("bounds the norm from above, and exceeds it by at most 1e-6", () => {
    fc.assert(
      fc.property(matrices(sizes, sizes), (a) => {
        const [bound, largest] = [spectralNormBound(a), singularValues(a)[0]!];
        expect(bound).toBeGreaterThanOrEqual(largest * (1 - svdError));
        expect(bound).toBeLessThanOrEqual(largest * (1 + 1e-6) + denormal);
      }),
      seeded,
    );
  });

  it("is never below a norm known exactly, at any scale", () => {
    for (const scale of [1, 3, 1e-30, 1e30, 1e-150, 1e150, 2 ** -1070]) {
      // |a b'| = |a| |b|, with Pythagorean numbers.
      const a = [2, 3, 6].flatMap((x) => [4, -3].map((y) => x * y * scale));
      expect(spectralNormBound(matrix64(3, 2, a))).toBeGreaterThanOrEqual(35 * scale);
      expect(spectralNormBound(matrix64(2, 3, a.map(Math.abs)))).toBeLessThanOrEqual(
        35 * scale * (1 + 1e-6) + denormal,
      );
      expect(spectralNormBound(diagonal64([scale, 0, -scale]))).toBeGreaterThanOrEqual(scale);
      expect(spectralNormBound(diagonal64([scale, 0, -scale]))).toBeLessThanOrEqual(
        scale * (1 + 1e-6) + denormal,
      );
    }
    expect(spectralNormBound(diagonal64([0, 0]))).toBe(0);
    expect(spectralNormBound(matrix64(1, 1, [-0.1]))).toBeGreaterThanOrEqual(0.1);
  });

  it("covers its own rounding on orthogonal matrices and flat or clustered spectra of many sizes", () => {
    const random = createRandom(7);
    for (const size of [1, 2, 5, 17, 48, 96]) {
      const data = Float64Array.from(random.fold(size).normalArray(size * size));
      const { q } = qrDecompose({ rows: size, columns: size, data });
      // The computed q is orthogonal only to a few eps, so its norm is known only to these.
      expect(spectralNormBound(q)).toBeGreaterThanOrEqual(1 - svdError);
      expect(spectralNormBound(q)).toBeLessThanOrEqual(1 + 1e-6);
      const [bound, largest] = [spectralNormBound({ ...q, data }), singularValues({ ...q, data })[0]!];
      expect(bound).toBeGreaterThanOrEqual(largest * (1 - svdError));
      expect(bound).toBeLessThanOrEqual(largest * (1 + 1e-6));
    }
    expect(spectralNormBound(identity64(200))).toBeGreaterThanOrEqual(1);
  });

  it("names an entry that is not finite", () => {
    expect(() => spectralNormBound(matrix64(1, 2, [0, NaN]))).toThrow(NonFiniteError);
    expect(() => spectralNormBound(matrix64(1, 2, [-Infinity, 0]))).toThrow("received -Infinity at (0, 0)");
  });
});

describe("frobeniusNormBound", () => {
  it("is the norm, rounded up", () => {
    fc.assert(
      fc.property(matrices(sizes, sizes), (a) => {
        expect(frobeniusNormBound(a)).toBeGreaterThanOrEqual(norm(a));
        expect(frobeniusNormBound(a)).toBeLessThanOrEqual(norm(a) * (1 + 1e-13));
      }),
      seeded,
    );
    expect(frobeniusNormBound(diagonal64([3e200, 4e200]))).toBeGreaterThanOrEqual(5e200);
  });
});

describe("roundUp", () => {
  it("is above every product, quotient and root, by exact integer arithmetic", () => {
    const integer = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(integer, integer, integer, (a, b, c) => {
        const above = (x: number) => BigInt(Math.floor(x)) + 1n; // of an x with few fractional bits, at least x
        expect(above(roundUp(a * b * 2 ** 20))).toBeGreaterThan(BigInt(a) * BigInt(b) * 2n ** 20n);
        // a / c <= r  <=>  a <= r c; r c is exact in 2^-80 units.
        const scaled = BigInt(Math.round(roundUp(a / c) * 2 ** 52)) * BigInt(c);
        if (a / c >= 1) expect(scaled).toBeGreaterThanOrEqual(BigInt(a) * 2n ** 52n);
      }),
      seeded,
    );
    expect(roundUp(0)).toBe(Number.MIN_VALUE);
    expect(roundUp(2 ** -1074)).toBe(2 ** -1073);
    expect(roundUp(1)).toBe(1 + Number.EPSILON);
    expect(roundUp(Infinity)).toBe(Infinity);
  });
});
