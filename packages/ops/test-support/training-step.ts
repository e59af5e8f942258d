import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { valueAndGradients } from "../src/derivatives/gradients.ts";
import { conv2d } from "../src/operators/conv2d.ts";
import { createRandom } from "../src/random/create-random.ts";

/** Loss and kernel gradient of a small convolution on the current backend: what a training step needs of it. */
export async function trainingStep(): Promise<Float32Array> {
  const random = createRandom(3);
  const kernel = tf.tidy(() => tf.variable(random.fold("kernel").normal([3, 3, 2, 4])));
  const x = random.fold("x").normal([2, 5, 5, 2]);
  const before = tf.memory().numTensors;
  const { value, gradients } = valueAndGradients(
    () => tf.sum(tf.square(conv2d(kernel, { inputShape: [5, 5, 2] }).apply(x))),
    [kernel],
  );
  const numbers = Float32Array.from([...(await value.data()), ...(await gradients[0]!.data())]);
  tf.dispose([value, ...gradients]);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, kernel]);
  return numbers;
}

/** Expects the numbers of a training step on another backend, up to the rounding of sums of some hundred float32 products. */
export function expectSameStep(received: Float32Array, expected: Float32Array): void {
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => expect(Math.abs(received[i]! - value)).toBeLessThan(1e-5 * largest));
}
