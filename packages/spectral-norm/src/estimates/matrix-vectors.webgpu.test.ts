import { countOperations, createRandom, dispose, memory, tensor, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, expect, it } from "vitest";
import { difference, iterations, vectorsOn } from "../../test-support/vectors-on.ts";
import { matrixVectors } from "./matrix-vectors.ts";

afterAll(() => startBackend("cpu"));

// The last one is longer than the shader takes.
it.each([...iterations, { size: [1, 1025] } as const])(
  "a power iteration as one shader gives the vectors of the operators: %j",
  async (iteration) => {
    const [expected, got] = [await vectorsOn("cpu", iteration), await vectorsOn("webgpu", iteration)];
    expect(got.shapes).toEqual(expected.shapes);
    // Float32 sums on both sides; the differences of each iteration add up.
    expect(difference(got, expected)).toBeLessThan(1e-5);
  },
);

it("takes weights whose squares float32 does not hold", async () => {
  const size = [3, 2] as const;
  const [large, usual] = [await vectorsOn("webgpu", { size, scale: 1e30 }), await vectorsOn("cpu", { size })];
  expect(difference(large, usual)).toBeLessThan(1e-5);
});

it("keeps NaN, and leaves nothing behind", async () => {
  await startBackend("webgpu");
  const [weight, v] = [tensor([1, NaN, 2, 3, 4, 5], [2, 3]), createRandom(1).normal([1, 2])];
  const before = memory();
  const { u, v: next } = matrixVectors({ rows: 2, columns: 3, transposed: false }, weight, v, 2);
  expect([...(await u.data()), ...(await next.data())]).toEqual(Array<number>(5).fill(NaN));
  dispose([u, next]);
  expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
  dispose([weight, v]);
});

it("takes a shader and two slices", async () => {
  await startBackend("webgpu");
  const [weight, v] = [zeros([2, 3]), createRandom(1).normal([1, 2])];
  const { result, operations } = await countOperations(() =>
    matrixVectors({ rows: 2, columns: 3, transposed: false }, weight, v, 1),
  );
  expect([...(await result.u.data())]).toEqual([0, 0, 0]);
  // The two slices. What runs inside of a kernel counts in its place, so composed it would be 24.
  expect(operations.kernelCalls).toBe(2);
  dispose([result.u, result.v, weight, v]);
});
