import { createRandom, matrix64, memory, solveTriangular, tensor, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { invertLowerTriangular } from "./triangular-inverse.ts";

const random = createRandom(23);

describe("invertLowerTriangular", () => {
  beforeAll(() => startBackend("wasm"));

  it.each([1, 2, 3, 5, 8, 13, 32, 48])("equals float64 substitution for %i x %i", async (n) => {
    const noise = random.normalArray(n * n);
    const lower = Float64Array.from(noise, (value, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      if (row === column) return 1.5 + Math.abs(value);
      return row > column ? value : 0;
    });
    const identity = matrix64(
      n,
      n,
      Array.from({ length: n * n }, (_, at) => +(at % (n + 1) === 0)),
    );
    const expected = solveTriangular(matrix64(n, n, lower), identity, { triangle: "lower" }).data;
    const before = memory().numTensors;
    const inverse = tidy(() => {
      const diagonal = Array.from(lower, (value, at) => (at % (n + 1) === 0 ? 1 / value : 0));
      return invertLowerTriangular(tensor(Float32Array.from(lower), [n, n]), tensor(diagonal, [n, n]));
    });
    const values = await inverse.data();
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => expect(Math.abs(values[i]! - value)).toBeLessThan(2e-5 * largest));
    inverse.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
