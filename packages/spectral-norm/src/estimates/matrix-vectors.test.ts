import { countOperations, createRandom, dispose, gradients, memory, mul, ones, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, describe, expect, it } from "vitest";
import { difference, iterations, vectorsOn } from "../../test-support/vectors-on.ts";
import { matrixVectors } from "./matrix-vectors.ts";

afterAll(() => startBackend("cpu"));

describe("a power iteration of a matrix as one kernel", () => {
  it.each(iterations)("gives the vectors of the operators: %j", async (iteration) => {
    const [expected, got] = [await vectorsOn("cpu", iteration), await vectorsOn("wasm", iteration)];
    expect(got.shapes).toEqual(expected.shapes);
    // Float32 sums of up to 150 terms on cpu; the differences of each iteration add up.
    expect(difference(got, expected)).toBeLessThan(5e-6);
  });

  it("takes weights whose squares float32 does not hold", async () => {
    const size = [3, 2] as const;
    const [large, usual] = [
      await vectorsOn("wasm", { size, scale: 1e30 }),
      await vectorsOn("wasm", { size }),
    ];
    expect(difference(large, usual)).toBeLessThan(1e-6);
  });

  it("counts its products on every backend, and refuses to be differentiated", async () => {
    for (const backend of ["cpu", "wasm"] as const) {
      await startBackend(backend);
      const [weight, v] = [createRandom(1).normal([3, 4]), ones([1, 3])];
      const find = (w: Tensor) => matrixVectors({ rows: 3, columns: 4, transposed: false }, w, v, 2);
      const { result, operations } = await countOperations(() => find(weight));
      expect(operations.matrixProducts).toBe(2 * 2 * 2 * 12);
      expect(() => gradients((w) => find(w!).u, [weight])).toThrow(
        "matrixVectors: expected no gradient through the singular vectors, received one",
      );
      dispose([result.u, result.v, weight, v]);
    }
  });

  it("keeps v where the matrix is 0, shows NaN, and leaves nothing behind", async () => {
    await startBackend("wasm");
    const matrix = { rows: 2, columns: 3, transposed: false };
    const [zero, start] = [zeros([2, 3]), createRandom(5).normal([1, 2])];
    const nan = mul(zero, NaN);
    const before = memory().numTensors;
    const kept = matrixVectors(matrix, zero, start, 2);
    expect([...(await kept.u.data())]).toEqual([0, 0, 0]);
    const [x, y] = (await start.data()) as unknown as [number, number];
    const [p, q] = (await kept.v.data()) as unknown as [number, number];
    expect(p).toBeCloseTo(x / Math.hypot(x, y), 6);
    expect(q).toBeCloseTo(y / Math.hypot(x, y), 6);
    const bad = matrixVectors(matrix, nan, start, 1);
    expect([...(await bad.u.data()), ...(await bad.v.data())]).toEqual([NaN, NaN, NaN, NaN, NaN]);
    dispose([kept.u, kept.v, bad.u, bad.v]);
    expect(memory().numTensors).toBe(before);
    dispose([zero, nan, start]);
  });
});
