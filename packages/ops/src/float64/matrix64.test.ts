import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrices, rows64, seeded, sizes } from "../../test-support/matrices64.ts";
import { identity64, matrix64, multiply64, transpose64 } from "./matrix64.ts";

describe("matrix64", () => {
  it("keeps a Float64Array and copies everything else", () => {
    const data = new Float64Array(4);
    expect(matrix64(2, 2, data).data).toBe(data);
    expect(matrix64(1, 2, Float32Array.of(1, 2))).toEqual(rows64([[1, 2]]));
  });

  it("names wrong sizes", () => {
    expect(() => matrix64(2, 2, [1, 2, 3])).toThrow(
      "matrix64: entries: expected 2 x 2 = 4 numbers, received 3",
    );
    expect(() => matrix64(0, 2, [])).toThrow("matrix64: rows: expected a positive integer, received 0");
    expect(() => matrix64(1, 1.5, [1])).toThrow(
      "matrix64: columns: expected a positive integer, received 1.5",
    );
  });

  it("multiplies known matrices and the identity, and gives (A B)^T = B^T A^T exactly", () => {
    const a = rows64([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(multiply64(a, transpose64(a))).toEqual(
      rows64([
        [14, 32],
        [32, 77],
      ]),
    );
    expect(() => multiply64(a, a)).toThrow("multiply64: b: expected 3 rows, received 2");
    const triples = fc
      .tuple(sizes, sizes, sizes)
      .chain(([m, k, n]) =>
        fc.tuple(matrices(fc.constant(m), fc.constant(k)), matrices(fc.constant(k), fc.constant(n))),
      );
    fc.assert(
      fc.property(triples, ([x, y]) => {
        const plus = (values: Float64Array) => values.map((value) => value + 0);
        expect(plus(multiply64(x, identity64(x.columns)).data)).toEqual(plus(x.data));
        const transposed = multiply64(transpose64(y), transpose64(x));
        expect(plus(transpose64(multiply64(x, y)).data)).toEqual(plus(transposed.data));
      }),
      seeded,
    );
  });
});
