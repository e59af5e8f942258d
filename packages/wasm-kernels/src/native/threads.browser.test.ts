import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
// @ts-expect-error: a file, not a module; vite answers with its URL
import binary from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { registerWasmTrainingKernels } from "../index.ts";
import { nativeKernels } from "./native.ts";
import type { WasmBackend } from "./native.ts";

type Operands = readonly tf.Tensor[];

/** More than this machine may have processors: threads that wait for one must not change anything. */
const threadCount = 4;

type Run = (...x: Operands) => tf.Tensor;
const conv2d =
  (stride: 1 | 2): Run =>
  (x, kernel) =>
    tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, stride, 1);
/** x sigmoid(b x) / 1.1 */
const lipSwish: Run = (x, b) => tf.div(tf.mul(x!, tf.sigmoid(tf.mul(x!, b!))), 1.1);
/** s (1 + b x (1 - s)) / 1.1 with s = sigmoid(b x) */
const lipSwishSlope: Run = (x, b) => {
  const s = tf.sigmoid(tf.mul(x!, b!));
  return tf.div(tf.mul(s, tf.add(tf.mul(tf.mul(x!, b!), tf.sub(1, s)), 1)), 1.1);
};
/** dy elu'(x) */
const eluDerivativeTimes: Run = (dy, x) => tf.mul(dy!, tf.minimum(tf.exp(x!), 1));

/** Kernels whose work is large enough for several parts, the shapes of their inputs, and what the cpu backend computes instead. */
const cases: [string, Run, number[][], Run?][] = [
  [
    "A B",
    (a, b) => tf.matMul(a!, b!),
    [
      [515, 130],
      [130, 67],
    ],
  ],
  [
    "A B^T",
    (a, b) => tf.matMul(a!, b!, false, true),
    [
      [515, 130],
      [67, 130],
    ],
  ],
  [
    "A^T B",
    (a, b) => tf.matMul(a!, b!, true),
    [
      [4099, 33],
      [4099, 65],
    ],
  ],
  [
    "products in a batch",
    (a, b) => tf.matMul(a!, b!),
    [
      [3, 300, 100],
      [3, 100, 50],
    ],
  ],
  [
    "the kernel of a convolution",
    kernelGradient([3, 3, 20, 24]),
    [
      [17, 14, 14, 20],
      [17, 14, 14, 24],
    ],
  ],
  [
    "a kernel from one channel",
    kernelGradient([3, 3, 1, 64]),
    [
      [33, 28, 28, 1],
      [33, 28, 28, 64],
    ],
  ],
  [
    "the images of a convolution",
    imageGradient,
    [
      [17, 14, 14, 24],
      [3, 3, 20, 24],
    ],
  ],
  [
    "a convolution",
    own("Convolve", ["x", "kernel"], { stride: 1 }),
    [
      [17, 14, 14, 20],
      [3, 3, 20, 24],
    ],
    conv2d(1),
  ],
  [
    "one of stride 2",
    own("Convolve", ["x", "kernel"], { stride: 2 }),
    [
      [19, 27, 27, 16],
      [3, 3, 16, 32],
    ],
    conv2d(2),
  ],
  [
    "one to few channels",
    own("Convolve", ["x", "kernel"], { stride: 1 }),
    [
      [19, 28, 28, 64],
      [3, 3, 64, 1],
    ],
    conv2d(1),
  ],
  ["tanh", own("Tanh", ["x"]), [[70, 1001]], (x) => tf.tanh(x!)],
  [
    "a derivative",
    own("EluDerivativeTimes", ["dy", "x"]),
    [
      [70, 1001],
      [70, 1001],
    ],
    eluDerivativeTimes,
  ],
  ["LipSwish", own("LipSwish", ["x", "b"]), [[70, 1001], []], lipSwish],
  [
    "LipSwish and its slope, one behind the other",
    (...x) => tf.concat([own("LipSwishTwins", ["x", "b"])(...x)].flat()),
    [[70, 1001], []],
    (x, b) => tf.concat([lipSwish(x!, b!), lipSwishSlope(x!, b!)]),
  ],
  [
    "the gradient of elu and its slope",
    own("EluTwinsByX", ["dy", "ds", "x"]),
    [
      [70, 1001],
      [70, 1001],
      [70, 1001],
    ],
    (dy, ds, x) => tf.mul(tf.add(dy!, tf.mul(ds!, tf.sub(1, tf.step(x!)))), tf.exp(tf.minimum(x!, 0))),
  ],
  [
    "a maximum",
    own("Maximum", ["a", "b"]),
    [
      [70, 1001],
      [70, 1001],
    ],
    (a, b) => tf.maximum(a!, b!),
  ],
];

describe("native kernels in a page with cross-origin isolation", () => {
  /** The results of the first calls, before any thread has started. */
  const alone: Float32Array[] = [];
  const inputs: Float32Array[][] = [];

  beforeAll(async () => {
    expect(crossOriginIsolated, "the test page needs the headers for isolation").toBe(true);
    registerWasmTrainingKernels({ threads: threadCount });
    setWasmPaths({
      "tfjs-backend-wasm-threaded-simd.wasm": binary as string,
      "tfjs-backend-wasm-simd.wasm": "none",
      "tfjs-backend-wasm.wasm": "none",
    });
    await tf.setBackend("wasm");
    for (const [i, [, , shapes]] of cases.entries())
      inputs.push(
        shapes.map(
          (shape, j) => tf.randomNormal(shape, 0, 1, "float32", 7 * i + j).dataSync() as Float32Array,
        ),
      );
    expect(threads()!.ready).toBe(0);
    for (const [i] of cases.entries()) alone.push(compute(i).dataSync() as Float32Array);
    expect(threads()!.ready).toBe(0);
    await vi.waitFor(() => expect(threads()!.ready).toBe(threadCount - 1), { timeout: 20_000 });
  });

  it.each(cases.map(([name], i) => [name, i] as const))(
    "%s: on all threads as alone, and as on cpu",
    async (_, i) => {
      const before = tf.memory().numTensors;
      const together = compute(i);
      expect(together.dataSync()).toEqual(alone[i]);
      together.dispose();
      expect(tf.memory().numTensors).toBe(before);

      await tf.setBackend("cpu");
      const expected = compute(i, cases[i]![3]).dataSync() as Float32Array;
      await tf.setBackend("wasm");
      const scale = expected.reduce((largest, y) => Math.max(largest, Math.abs(y)), 1);
      // Sums of some thousand float32 products.
      expected.forEach((y, j) => expect(Math.abs(alone[i]![j]! - y)).toBeLessThanOrEqual(1e-5 * scale));
    },
  );

  it("lets the threads help, and computes the same 300 times over", () => {
    const before = threads()!.helped;
    const i = cases.findIndex(([name]) => name === "A^T B");
    for (let repetition = 0; repetition < 300; repetition++) {
      const y = compute(i);
      expect(y.dataSync()).toEqual(alone[i]);
      y.dispose();
    }
    expect(threads()!.helped).toBeGreaterThan(before);
  });

  const threads = () => nativeKernels(tf.engine().registry["wasm"] as unknown as WasmBackend)!.threads;

  function compute(i: number, f = cases[i]![1]): tf.Tensor {
    const [, , shapes] = cases[i]!;
    return tf.tidy(() => f(...shapes.map((shape, j) => tf.tensor(inputs[i]![j]!, shape))));
  }
});

function own(name: string, inputNames: readonly string[], attributes = {}) {
  return (...x: Operands): tf.Tensor =>
    tf
      .engine()
      .runKernel(
        `Invertible${name}`,
        Object.fromEntries(inputNames.map((key, i) => [key, x[i]!])),
        attributes,
      );
}

function kernelGradient(filterShape: [number, number, number, number]) {
  return (x?: tf.Tensor, dy?: tf.Tensor): tf.Tensor =>
    tf.engine().runKernel("Conv2DBackpropFilter", { x: x!, dy: dy! }, {
      strides: [1, 1],
      pad: "same",
      dataFormat: "NHWC",
      dimRoundingMode: undefined,
      filterShape,
    } as unknown as tf.NamedAttrMap);
}

function imageGradient(...[dy, filter]: Operands): tf.Tensor {
  if (!dy || !filter) throw new Error("imageGradient: expected two tensors");
  return tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, {
    strides: [1, 1],
    pad: "same",
    dataFormat: "NHWC",
    dimRoundingMode: undefined,
    inputShape: [dy.shape[0]!, dy.shape[1]!, dy.shape[2]!, filter.shape[2]!],
  } as unknown as tf.NamedAttrMap);
}
