import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { gradients } from "../derivatives/gradients.ts";
import { exp } from "../functions/elementary.ts";
import { conv2d } from "../operators/conv2d.ts";
import { countOperations } from "./count-operations.ts";
import type { Tensor } from "./types.ts";

const counted = async (run: () => unknown) =>
  (await countOperations(() => tf.tidy(() => void run()))).operations;

describe.each(["cpu", "wasm"] as const)("countOperations on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("counts 2 m n k for a matrix product, however it is transposed", async () => {
    const [a, b] = [tf.ones([3, 4]), tf.ones([4, 5])];
    expect((await counted(() => tf.matMul(a, b))).matrixProducts).toBe(2 * 3 * 4 * 5);
    expect((await counted(() => tf.matMul(tf.ones([4, 3]), b, true))).matrixProducts).toBe(2 * 3 * 4 * 5);
    expect((await counted(() => tf.matMul(a, tf.ones([5, 4]), false, true))).matrixProducts).toBe(
      2 * 3 * 4 * 5,
    );
    expect((await counted(() => tf.matMul(tf.ones([2, 3, 4]), tf.ones([2, 4, 5])))).matrixProducts).toBe(240);
  });

  it("counts a convolution, its adjoint and its gradients alike, whatever a backend makes of them", async () => {
    const one = 2 * (2 * 6 * 5) * (3 * 3 * 4 * 7);
    const [x, kernel] = [tf.ones([2, 6, 5, 4]), tf.ones([3, 3, 4, 7])];
    const apply = (k: Tensor, to: Tensor) => conv2d(k, { inputShape: [6, 5, 4] }).apply(to);
    const forward = await counted(() => apply(kernel, x));
    expect([forward.convolutions, forward.matrixProducts]).toEqual([one, 0]);
    const adjoint = await counted(() =>
      conv2d(kernel, { inputShape: [6, 5, 4] }).adjoint(tf.ones([2, 6, 5, 7])),
    );
    expect([adjoint.convolutions, adjoint.matrixProducts]).toEqual([one, 0]);
    const all = await counted(() => gradients((k, t) => apply(k!, t!), [kernel, x]));
    expect([all.convolutions, all.matrixProducts]).toEqual([3 * one, 0]);
  });

  it("counts a 1x1 convolution and one to few channels as convolutions", async () => {
    const x = tf.ones([2, 6, 5, 4]);
    for (const [size, outputs] of [
      [1, 7],
      [3, 1],
    ] as const) {
      const kernel = tf.ones([size, size, 4, outputs]);
      const { convolutions, matrixProducts } = await counted(() =>
        conv2d(kernel as Tensor, { inputShape: [6, 5, 4] }).apply(x),
      );
      expect([convolutions, matrixProducts]).toEqual([2 * 60 * size * size * 4 * outputs, 0]);
    }
  });

  it("counts the numbers that other kernels write, and no renaming", async () => {
    const x = tf.ones([10, 3]);
    const { otherNumbers, kernelCalls } = await counted(() => tf.add(tf.reshape(x, [3, 10]), 1));
    expect(otherNumbers).toBe(30);
    expect(kernelCalls).toBe(1);
    expect((await counted(() => exp(x as Tensor))).otherNumbers).toBeGreaterThanOrEqual(30);
  });

  it("may be nested, and hands the engine back as it was, also after an error", async () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    const before = engine["runKernel"];
    const a = tf.ones([2, 2]);
    const { result, operations } = await countOperations(async () => {
      tf.matMul(a, a).dispose();
      await Promise.resolve();
      return counted(() => tf.matMul(a, a));
    });
    expect([result.matrixProducts, operations.matrixProducts]).toEqual([16, 32]);
    await expect(countOperations(() => Promise.reject(new Error("late")))).rejects.toThrow("late");
    expect(engine["runKernel"]).toBe(before);
    expect(Object.hasOwn(engine, "runKernel")).toBe(false);
  });
});
