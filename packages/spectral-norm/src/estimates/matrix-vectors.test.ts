import { createRandom, dense, dispose, memory, mul, tidy, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { afterAll, describe, expect, it } from "vitest";
import { matrixVectors } from "./matrix-vectors.ts";
import { singularVectors } from "./power-iteration.ts";
import { transpose } from "./transpose.ts";

afterAll(() => startBackend("cpu"));

const random = createRandom(5);
/** The vectors of both ways, as numbers. */
async function bothWays(
  [rows, columns]: readonly [number, number],
  { transposed = false, iterations = 1, scale = 1 },
) {
  const pairs = [];
  for (const [backend, find] of [
    ["cpu", "composed"],
    ["wasm", "kernel"],
  ] as const) {
    await startBackend(backend);
    const { u, v } = tidy(() => {
      const weight = mul(random.fold(rows * columns).normal([rows, columns]), scale);
      const start = random.fold("v").normal([1, transposed ? columns : rows]);
      if (find === "kernel") return matrixVectors({ rows, columns, transposed }, weight, start, iterations);
      const operator = dense(weight);
      return singularVectors(transposed ? transpose(operator) : operator, start, iterations);
    });
    pairs.push({ u: await u.data<"float32">(), v: await v.data<"float32">(), shapes: [u.shape, v.shape] });
    dispose([u, v]);
  }
  return pairs as [(typeof pairs)[number], (typeof pairs)[number]];
}

describe("a step of power iteration of a matrix as one kernel", () => {
  const sizes = [
    [1, 1],
    [1, 5],
    [3, 2],
    [2, 64],
    [64, 64],
    [33, 17],
  ] as const;
  it.each(
    sizes.flatMap((size) =>
      [false, true].flatMap((transposed) => [1, 4].map((n) => [size, transposed, n] as const)),
    ),
  )(
    "gives the vectors of the operators: %j, transposed %s, %i iterations",
    async (size, transposed, iterations) => {
      const [expected, got] = await bothWays(size, { transposed, iterations });
      expect(got.shapes).toEqual(expected.shapes);
      // Float32 sums of up to 64 terms on cpu; the differences of each iteration add up.
      for (const name of ["u", "v"] as const)
        got[name].forEach((x, i) => expect(Math.abs(x - expected[name][i]!)).toBeLessThan(5e-6));
    },
  );

  it("takes weights whose squares float32 does not hold", async () => {
    const [, got] = await bothWays([3, 2], { scale: 1e30 });
    const [, same] = await bothWays([3, 2], { scale: 1 });
    for (const name of ["u", "v"] as const)
      got[name].forEach((x, i) => expect(Math.abs(x - same[name][i]!)).toBeLessThan(1e-6));
  });

  it("keeps v where the matrix is 0, shows NaN, and leaves nothing behind", async () => {
    await startBackend("wasm");
    const matrix = { rows: 2, columns: 3, transposed: false };
    const [zero, start] = [zeros([2, 3]), random.fold("kept").normal([1, 2])];
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
