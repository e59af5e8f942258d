import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { conv2d } from "../operators/conv2d.ts";
import { createRandom } from "../random/create-random.ts";
import { valueAndGradients } from "../derivatives/gradients.ts";
import { startWasmInBrowser } from "../../test-support/start-wasm-in-browser.ts";
import type { BackendName } from "./backend-info.ts";
import { startCpu } from "./start-cpu.ts";
import { startWebgpu } from "./start-webgpu.ts";

const starts = { cpu: startCpu, wasm: startWasmInBrowser, webgpu: startWebgpu };

/** Loss and kernel gradient of a small convolution: what a training step needs of a backend. */
async function trainingStep(name: BackendName): Promise<Float32Array> {
  await starts[name]();
  expect(tf.getBackend()).toBe(name);
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

describe("a backend in a browser", () => {
  it.each(["wasm", "webgpu"] as const)("trains a convolution on %s as on cpu", async (name) => {
    const [expected, received] = [await trainingStep("cpu"), await trainingStep(name)];
    const largest = Math.max(...expected.map(Math.abs));
    // Sums of some hundred float32 products.
    expected.forEach((value, i) => expect(Math.abs(received[i]! - value)).toBeLessThan(1e-5 * largest));
  });
});
