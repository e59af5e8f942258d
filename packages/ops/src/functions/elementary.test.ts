import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { equal, greater, greaterEqual, isFiniteElementwise, less, lessEqual } from "./comparisons.ts";
import { dense } from "../operators/dense.ts";
import { cos, exp, expm1, logSigmoid, sin, tanh } from "./elementary.ts";
import { argMax, clipByValue, max, maximum, min, minimum } from "./extrema.ts";
import { logSoftmax } from "./log-softmax.ts";
import { logSumExp } from "./log-sum-exp.ts";
import type { Tensor } from "../tensors/types.ts";

async function evaluate(f: () => Tensor): Promise<number[]> {
  const before = tf.memory().numTensors;
  const y = tf.tidy(f);
  const values = [...(await y.data())];
  y.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("exp gives subnormal, largest and infinite results, and keeps NaN", async () => {
    const x = [-Infinity, -200, -100, -87.5, 0, 88.7, 89, Infinity, NaN];
    const got = await evaluate(() => exp(tf.tensor1d(x)));
    x.forEach((v, i) => {
      const expected = Math.fround(Math.exp(Math.fround(v)));
      if (Number.isFinite(expected))
        expect(Math.abs(got[i]! - expected)).toBeLessThanOrEqual(4e-7 * expected + 3e-45);
      else expect(got[i]).toBe(expected);
    });
  });

  it("expm1 and tanh keep their relative accuracy near 0", async () => {
    const x = [1e-7, -1e-7, 1e-4, -1e-4, 0.01, -0.01, 0.3, -0.3, 0.4, -5, 20];
    for (const [f, reference] of [
      [expm1, Math.expm1],
      [tanh, Math.tanh],
    ] as const)
      (await evaluate(() => f(tf.tensor1d(x)))).forEach((y, i) => {
        const expected = reference(Math.fround(x[i]!));
        expect(Math.abs(y / expected - 1), `${reference.name}(${x[i]}) = ${y}`).toBeLessThan(3e-7);
      });
  });

  it("sin and cos are accurate up to |x| = 1e5", async () => {
    const x = [0, 1e-4, 0.5, Math.PI / 4, 2, -3, 10, -100.25, 12345.678, -99999.5];
    for (const [f, reference] of [
      [sin, Math.sin],
      [cos, Math.cos],
    ] as const)
      (await evaluate(() => f(tf.tensor1d(x)))).forEach((y, i) =>
        expect(Math.abs(y - reference(Math.fround(x[i]!)))).toBeLessThan(1.5e-7),
      );
  });

  it("logSigmoid is finite where sigmoid underflows", async () => {
    expect(await evaluate(() => logSigmoid(tf.tensor1d([-1000, 1000])))).toEqual([-1000, -0]);
  });

  it("logSumExp does not overflow, and takes infinite entries, axes and kept dimensions", async () => {
    const x = [
      [1000, 1000],
      [-Infinity, 0],
      [-Infinity, -Infinity],
    ];
    const got = await evaluate(() => logSumExp(tf.tensor2d(x), 1));
    expect(got[0]).toBeCloseTo(1000 + Math.LN2, 4);
    expect(got.slice(1)).toEqual([0, -Infinity]);
    const [all, kept] = tf.tidy(() => [logSumExp(tf.ones([2, 3])), logSumExp(tf.ones([2, 3]), [0, 1], true)]);
    expect([all!.shape, kept!.shape]).toEqual([[], [1, 1]]);
    expect((await all!.data())[0]).toBeCloseTo(1 + Math.log(6), 6);
    tf.dispose([all!, kept!]);
  });

  it("logSoftmax keeps the digits of logits of size 1e4, and takes infinite entries and axes", async () => {
    const x = [
      [1e4, 9999, -1e4],
      [-1e4, -9999, -10_002],
      [0, -Infinity, 1],
    ];
    const got = await evaluate(() => logSoftmax(tf.tensor2d(x)));
    const expected = x.flatMap((row) => {
      const largest = Math.max(...row);
      const total = Math.log(row.reduce((sum, p) => sum + Math.exp(p - largest), 0));
      return row.map((p) => p - largest - total);
    });
    expected.forEach((value, i) => {
      if (value === -Infinity) expect(got[i]).toBe(value);
      // Rounding of one exponential, sum, logarithm and difference each.
      else expect(Math.abs(got[i]! / value - 1)).toBeLessThan(5e-7);
    });
    const columns = await evaluate(() => logSoftmax(tf.ones([2, 3]), 0));
    for (const value of columns) expect(value).toBeCloseTo(-Math.LN2, 6);
  });

  it("argMax gives the first of the largest entries, also of no rows", async () => {
    const x = [
      [1, 3, 2],
      [5, 5, -1],
      [-Infinity, -2, -2],
    ];
    expect(await evaluate(() => argMax(tf.tensor2d(x)))).toEqual([1, 0, 1]);
    expect(await evaluate(() => argMax(tf.tensor2d(x), 0))).toEqual([1, 1, 0]);
    const [indices, none] = tf.tidy(() => [argMax(tf.tensor2d(x)), argMax(tf.zeros([0, 3]))]);
    expect(indices!.dtype).toBe("int32");
    expect(none!.shape).toEqual([0]);
    tf.dispose([indices!, none!]);
  });

  it("maximum, minimum, clipByValue, max and min have the right values and do not hide NaN", async () => {
    const [a, b] = [
      [1, 5, NaN, 2, -1],
      [3, 2, 1, NaN, -1],
    ];
    expect(await evaluate(() => maximum(tf.tensor1d(a), tf.tensor1d(b)))).toEqual([3, 5, NaN, NaN, -1]);
    expect(await evaluate(() => minimum(tf.tensor1d(a), tf.tensor1d(b)))).toEqual([1, 2, NaN, NaN, -1]);
    expect(await evaluate(() => maximum(tf.tensor1d([-1, 2, 0.5]), 0.5))).toEqual([0.5, 2, 0.5]);
    expect(await evaluate(() => clipByValue(tf.tensor1d([-3, 0.25, 3, NaN, -1]), -1, 1))).toEqual([
      -1,
      0.25,
      1,
      NaN,
      -1,
    ]);
    expect(
      await evaluate(() =>
        max(
          tf.tensor2d([
            [1, 2],
            [4, 3],
          ]),
          1,
        ),
      ),
    ).toEqual([2, 4]);
    expect(
      await evaluate(() =>
        min(
          tf.tensor2d([
            [1, 2],
            [4, 3],
          ]),
        ),
      ),
    ).toEqual([1]);
  });

  it("comparisons broadcast", async () => {
    const compare = (f: (x: Tensor, y: number) => Tensor) =>
      evaluate(() => tf.cast(f(tf.tensor1d([1, 2, 3]), 2), "float32"));
    expect(await compare(greater)).toEqual([0, 0, 1]);
    expect(await compare(greaterEqual)).toEqual([0, 1, 1]);
    expect(await compare(less)).toEqual([1, 0, 0]);
    expect(await compare(lessEqual)).toEqual([1, 1, 0]);
    expect(await compare(equal)).toEqual([0, 1, 0]);
    expect(
      await evaluate(() => tf.cast(isFiniteElementwise(tf.tensor1d([1, NaN, Infinity])), "float32")),
    ).toEqual([1, 0, 0]);
  });

  it("dense computes x W and y W^T", async () => {
    const w = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    expect(await evaluate(() => dense(tf.tensor2d(w)).apply(tf.tensor2d([[1, 10]])))).toEqual([41, 52, 63]);
    expect(await evaluate(() => dense(tf.tensor2d(w)).adjoint(tf.tensor2d([[1, 0, 2]])))).toEqual([7, 16]);
  });
});

it("dense names what does not fit", () => {
  expect(() => dense(tf.zeros([2, 3, 4]))).toThrow(
    "dense weight: expected [inputs, outputs], received [2, 3, 4]",
  );
  expect(() => dense(tf.zeros([2, 3])).apply(tf.zeros([5, 3]))).toThrow(
    "dense.apply x: expected [B, 2], received [5, 3]",
  );
  expect(() => dense(tf.zeros([2, 3])).adjoint(tf.zeros([5, 2]))).toThrow(
    "dense.adjoint y: expected [B, 3], received [5, 2]",
  );
});
