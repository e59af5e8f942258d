import { dualExponent } from "@invertible/certificates";
import { createRandom, matrix64, multiply64, transpose64 } from "@invertible/ops";
import { describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { dualVector, vectorNorm } from "./vector-norm.ts";
import { searchInducedNorm } from "./induced-norm-search.ts";
import { inducedNorm } from "./induced-norm.ts";

interface Golden {
  readonly case: string;
  readonly inputs: { readonly A: number[][] };
  readonly expected: { readonly norms: Record<string, number> };
  readonly tolerance: Tolerance;
}
const cases = readGolden<Golden>("induced_norms");

const exponents = [1, 1.1, 4 / 3, 2, 3, 7, 1000, Infinity];
const generic = (seed: number, rows: number, columns: number) =>
  matrix64(rows, columns, createRandom(seed).normalArray(rows * columns));

describe("inducedNorm against the golden file", () => {
  it.each(cases.map((golden) => [golden.case, golden] as const))("%s", (_, golden) => {
    const { A } = golden.inputs;
    const matrix = matrix64(A.length, A[0]!.length, A.flat());
    const pairs = Object.entries(golden.expected.norms).filter(([name]) => name !== "frobenius");
    expect(pairs.length).toBeGreaterThan(0);
    for (const [name, norm] of pairs) {
      const [domain, codomain] = name.split("->").map((p) => (p === "inf" ? Infinity : Number(p)));
      demandClose([inducedNorm(matrix, domain!, codomain!)], norm, golden.tolerance, name);
    }
  });
});

describe("inducedNorm", () => {
  it("knows norms with a formula of their own", () => {
    for (const p of exponents)
      for (const q of exponents) {
        // For diag(d) the norm is the largest |d| if p <= q, and else the l_r norm of d with 1/r = 1/q - 1/p.
        const d = Float64Array.of(3, -2, 1);
        const diagonal = matrix64(3, 3, [3, 0, 0, 0, -2, 0, 0, 0, 1]);
        const ofDiagonal = p <= q ? 3 : vectorNorm(d, 1 / (1 / q - 1 / p));
        expect(inducedNorm(diagonal, p, q) / ofDiagonal).toBeCloseTo(1, 6);
        // |u v'| = |u|_q |v|_p'
        const outer = multiply64(matrix64(3, 1, [1, -2, 5]), matrix64(1, 4, [2, 0, -1, 4]));
        const ofOuter =
          vectorNorm(Float64Array.of(1, -2, 5), q) *
          vectorNorm(Float64Array.of(2, 0, -1, 4), dualExponent(p));
        expect(inducedNorm(outer, p, q) / ofOuter).toBeCloseTo(1, 9);
      }
  });

  it("is the norm of the transpose between the dual norms", () => {
    const a = generic(1, 5, 4);
    for (const p of exponents)
      for (const q of exponents)
        expect(
          inducedNorm(a, p, q) / inducedNorm(transpose64(a), dualExponent(q), dualExponent(p)),
        ).toBeCloseTo(1, 9);
  });

  it("searches as well as closed forms, singular values and all corners of the cube find", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const a = generic(seed, 6, 5);
      for (const [p, q] of [
        [2, 2],
        [1, 3],
        [3, Infinity],
        [Infinity, 1],
        [Infinity, 2],
        [3, 1],
      ] as const) {
        const found = searchInducedNorm(a, transpose64(a), p, q);
        const exact = inducedNorm(a, p, q);
        expect(found).toBeLessThanOrEqual(exact * (1 + 1e-12));
        expect(found / exact).toBeCloseTo(1, 9);
      }
    }
  });

  it("is exceeded by no vector and nearly attained by some, between other norms in two dimensions", () => {
    const a = generic(3, 3, 2);
    const columns = (x: number, y: number) =>
      Float64Array.from({ length: 3 }, (_, i) => a.data[2 * i]! * x + a.data[2 * i + 1]! * y);
    for (const p of [1.3, 2.5, 6])
      for (const q of [1.2, 2, 5]) {
        const quotients = Array.from({ length: 20000 }, (_, k) => {
          const [x, y] = [Math.cos((Math.PI * k) / 20000), Math.sin((Math.PI * k) / 20000)];
          return vectorNorm(columns(x, y), q) / vectorNorm(Float64Array.of(x, y), p);
        });
        const largest = Math.max(...quotients);
        const norm = inducedNorm(a, p, q);
        expect(norm).toBeGreaterThanOrEqual(largest * (1 - 1e-9));
        expect(norm).toBeLessThanOrEqual(largest * (1 + 1e-6));
      }
  });

  it("takes weights of any scale, and zero", () => {
    const a = generic(4, 4, 3);
    for (const scale of [1e-300, 1e300]) {
      const scaled = { ...a, data: a.data.map((value) => value * scale) };
      for (const [p, q] of [
        [3, 4],
        [1, 2],
        [2, 2],
        [Infinity, 1],
      ] as const)
        expect(inducedNorm(scaled, p, q) / scale / inducedNorm(a, p, q)).toBeCloseTo(1, 12);
    }
    for (const p of exponents) expect(inducedNorm(matrix64(2, 2, [0, 0, 0, 0]), p, 3)).toBe(0);
  });

  it("names what it cannot measure", () => {
    const a = generic(5, 2, 2);
    for (const p of [0.5, NaN, -1]) {
      expect(() => inducedNorm(a, p, 2)).toThrow(
        `inducedNorm: norm: expected a number in [1, Infinity], received ${p}`,
      );
      expect(() => inducedNorm(a, 2, p)).toThrow("inducedNorm: norm");
    }
    expect(() => inducedNorm(matrix64(1, 2, [1, -Infinity]), 2, 2)).toThrow(
      "inducedNorm: expected finite entries, received -Infinity",
    );
  });
});

describe("dualVector", () => {
  it("attains the norm and has length 1 in the dual norm", () => {
    const x = Float64Array.of(2, -3, 0, 3);
    for (const p of exponents) {
      const z = dualVector(x, p);
      expect(x.reduce((sum, value, i) => sum + value * z[i]!, 0) / vectorNorm(x, p)).toBeCloseTo(1, 12);
      expect(vectorNorm(z, dualExponent(p))).toBeCloseTo(1, 12);
    }
  });
});
