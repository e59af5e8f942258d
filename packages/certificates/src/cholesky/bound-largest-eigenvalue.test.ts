import { createRandom } from "@invertible/ops";
import { describe, expect, it } from "vitest";
import { bandMatrix, largestRowSum, rowOffset, times } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { isAtMost } from "./is-at-most.ts";
import { estimateLargestEigenvalue } from "./estimate-largest-eigenvalue.ts";
import { boundLargestEigenvalue } from "./bound-largest-eigenvalue.ts";
import { isNonnegativeDefinite, rational } from "../../test-support/exact.ts";

function banded(size: number, band: number, entry: (i: number, j: number) => number): BandMatrix {
  const matrix = bandMatrix(size, band);
  for (let i = 0; i < size; i++)
    for (let j = Math.max(0, i - band); j <= i; j++) matrix.data[rowOffset(matrix.band, i) + j] = entry(i, j);
  return matrix;
}

/** The product B B' of a random integer matrix B, exact in float64. */
function integerGram(seed: number, size: number, rank: number): { gram: BandMatrix; exact: bigint[][] } {
  const b = createRandom(seed)
    .normalArray(size * rank)
    .map((x) => Math.round(300 * x));
  const product = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b[i * rank + k]! * b[j * rank + k]!;
    return sum;
  };
  const exact = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => BigInt(product(i, j))),
  );
  return { gram: banded(size, size - 1, product), exact };
}

/** Whether s I - G >= 0, in exact rational arithmetic. */
function exactlyAtMost(g: readonly (readonly bigint[])[], s: number): boolean {
  const [numerator, denominator] = rational(s);
  return isNonnegativeDefinite(
    g.map((row, i) => row.map((value, j) => (i === j ? numerator : 0n) - value * denominator)),
  );
}

describe("boundLargestEigenvalue", () => {
  it("is a bound in exact arithmetic, whatever the size and rank", () => {
    let refuted = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const size = 1 + (seed % 9);
      const { gram, exact } = integerGram(seed, size, 1 + (seed % 4));
      const bound = boundLargestEigenvalue(gram, 0);
      expect(exactlyAtMost(exact, bound)).toBe(true);
      // The bound is tight: the exact check refutes one that is 1e-6 smaller.
      if (!exactlyAtMost(exact, bound * (1 - 1e-6))) refuted++;
    }
    expect(refuted).toBe(40);
  });

  it("returns a floor that is a bound, and rises above one that is not", () => {
    const { gram, exact } = integerGram(5, 6, 3);
    const largest = boundLargestEigenvalue(gram, 0);
    expect(boundLargestEigenvalue(gram, 0, 2 * largest)).toBe(2 * largest);
    expect(exactlyAtMost(exact, boundLargestEigenvalue(gram, 0, largest / 2))).toBe(true);
  });

  it("adds what G may be wrong by", () => {
    const g = banded(2, 1, (i, j) => (i === j ? 1 : 0));
    expect(boundLargestEigenvalue(g, 0.25)).toBeGreaterThanOrEqual(1.25);
    expect(boundLargestEigenvalue(g, 0.25)).toBeLessThan(1.25 * (1 + 1e-5));
  });

  it("is finite and correct where the estimate cannot be refined, because eigenvalues are clustered", () => {
    // The eigenvalues 4 sin^2(..) of the discrete Laplacian crowd below 4.
    const size = 1500;
    const g = banded(size, 1, (i, j) => (i === j ? 2 : 1));
    const largest = 2 + 2 * Math.cos(Math.PI / (size + 1));
    const bound = boundLargestEigenvalue(g, 0);
    expect(bound).toBeGreaterThanOrEqual(largest);
    expect(bound).toBeLessThanOrEqual(largest * (1 + 1e-3));
    expect(largestRowSum(g)).toBe(4);
  });
});

describe("isAtMost", () => {
  it("rejects even a bound one unit in the last place below an exactly known eigenvalue", () => {
    for (let seed = 1; seed <= 60; seed++) {
      // v v' with the single eigenvalue |v|^2, an integer.
      const { gram, exact } = integerGram(seed, 1 + (seed % 13), 1);
      const largest = Number(exact.reduce((sum, row, i) => sum + row[i]!, 0n));
      if (largest === 0) continue;
      expect(isAtMost(gram, 0, largest * (1 - 2 ** -53))).toBe(false);
      expect(isAtMost(gram, 0, largest * (1 - 1e-9))).toBe(false);
      expect(isAtMost(gram, 0, largest * (1 + 1e-9))).toBe(true);
    }
  });

  it("proves nothing from NaN, zero or a negative bound", () => {
    const g = banded(3, 2, (i, j) => (i === j ? 1 : 0));
    for (const s of [NaN, 0, -1]) expect(isAtMost(g, 0, s)).toBe(false);
    expect(
      isAtMost(
        banded(3, 2, () => NaN),
        0,
        1,
      ),
    ).toBe(false);
    expect(isAtMost(g, 1, 2)).toBe(false);
  });
});

describe("band matrices", () => {
  it.each([
    [1, 0],
    [2, 1],
    [5, 2],
    [6, 3],
    [7, 9],
    [8, 7],
  ])("of size %s and band %s multiply and bound like full ones", (size, band) => {
    const inside = (i: number, j: number) => Math.abs(i - j) <= band;
    const values = createRandom(size).normalArray(size * size);
    const entry = (i: number, j: number) =>
      inside(i, j) ? values[Math.max(i, j) * size + Math.min(i, j)]! + (i === j ? 2 * size : 0) : 0;
    const narrow = banded(size, band, entry);
    const full = banded(size, size - 1, entry);
    const x = Float64Array.from(createRandom(size + 1).normalArray(size));
    const product = times(narrow, x);
    for (let i = 0; i < size; i++) {
      const expected = x.reduce((sum, value, j) => sum + entry(i, j) * value, 0);
      expect(product[i]).toBeCloseTo(expected, 10);
    }
    expect(estimateLargestEigenvalue(narrow)).toBeCloseTo(estimateLargestEigenvalue(full), 8);
    expect(boundLargestEigenvalue(narrow, 0)).toBeCloseTo(boundLargestEigenvalue(full, 0), 8);
  });
});
