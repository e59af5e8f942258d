import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { startBackend } from "./start-backend.ts";

it("starts WebGPU under Node and multiplies matrices with it", async () => {
  const info = await startBackend("webgpu");
  expect(info.name).toBe("webgpu");
  expect(info.adapter).toBeTruthy();
  expect(tf.getBackend()).toBe("webgpu");

  const a = tf.tensor2d(
    Array.from({ length: 64 * 48 }, (_, i) => Math.sin(i)),
    [64, 48],
  );
  const b = tf.tensor2d(
    Array.from({ length: 48 * 32 }, (_, i) => Math.cos(i)),
    [48, 32],
  );
  const product = tf.matMul(a, b);
  const onGpu = await product.data();
  const values = [await a.array(), await b.array()] as const;
  tf.dispose([a, b, product]);
  for (let i = 0; i < 64; i++) {
    for (let j = 0; j < 32; j++) {
      const expected = values[0][i]!.reduce((total, value, k) => total + value * values[1][k]![j]!, 0);
      // 48 float32 products of size at most 1.
      expect(Math.abs(onGpu[i * 32 + j]! - expected)).toBeLessThan(1e-5);
    }
  }
});

it("switches to cpu and back", async () => {
  await startBackend("cpu");
  expect(tf.getBackend()).toBe("cpu");
  await startBackend("webgpu");
  expect(tf.getBackend()).toBe("webgpu");
});
