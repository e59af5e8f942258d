import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../test-support/start-backend.ts";
import { registerWasmTrainingKernels } from "./index.ts";

type Shape = readonly number[];
type Operands = readonly tf.Tensor[];

/** Expects the same numbers on both backends. The cpu backend is the reference. */
async function agreesWithCpu(
  f: (...xs: Operands) => tf.Tensor,
  shapes: readonly Shape[],
  tolerance = 1e-5,
): Promise<void> {
  const values: Float32Array[] = [];
  for (const [i, shape] of shapes.entries()) {
    const normals = tf.randomNormal([...shape], 0, 1, "float32", 7 + i);
    values.push((await normals.data()) as Float32Array);
    normals.dispose();
  }
  const results: { shape: number[]; values: Float32Array }[] = [];
  for (const name of ["cpu", "wasm"] as const) {
    await startBackend(name);
    const before = tf.memory().numTensors;
    const y = tf.tidy(() => f(...shapes.map((shape, i) => tf.tensor(values[i]!, [...shape]))));
    results.push({ shape: y.shape, values: (await y.data()) as Float32Array });
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
  const [cpu, wasm] = results as [(typeof results)[0], (typeof results)[0]];
  expect(wasm.shape).toEqual(cpu.shape);
  const scale = cpu.values.reduce((largest, y) => Math.max(largest, Math.abs(y)), 1);
  cpu.values.forEach((y, i) => expect(Math.abs(wasm.values[i]! - y)).toBeLessThanOrEqual(tolerance * scale));
}

describe("wasm training kernels", () => {
  beforeAll(() => startBackend("wasm"));

  it("are registered once, however often they are asked for", () => {
    const kernel = tf.getKernel("BatchMatMul", "wasm");
    registerWasmTrainingKernels();
    expect(tf.getKernel("BatchMatMul", "wasm")).toBe(kernel);
  });

  it.each([0, 1.5, NaN])("refuse %s threads", (threads) => {
    expect(() => registerWasmTrainingKernels({ threads })).toThrow(/threads: expected a whole number from 1/);
  });

  it.each([
    [
      [5, 3],
      [5, 4],
    ],
    [
      [64, 4],
      [64, 8],
    ],
    [
      [130, 12],
      [130, 16],
    ],
    [
      [65, 7],
      [65, 9],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 66, 5],
      [2, 66, 8],
    ],
    [
      [2, 3, 9, 4],
      [2, 3, 9, 2],
    ],
  ])("BatchMatMul A^T B: %j x %j", (a, b) => agreesWithCpu((x, y) => tf.matMul(x!, y!, true, false), [a, b]));

  it.each([
    [9, 4, 8],
    [8, 4, 1],
    [65, 5, 9],
    [130, 64, 36],
    [67, 7, 15],
    [10, 33, 4],
    [3, 5, 6],
    [70, 2, 12],
  ])("BatchMatMul A B and A B^T: %j x %j x %j", async (rows, k, n) => {
    for (const batch of [[], [2], [2, 3]]) {
      await agreesWithCpu(
        (x, y) => tf.matMul(x!, y!),
        [
          [...batch, rows, k],
          [...batch, k, n],
        ],
      );
      await agreesWithCpu(
        (x, y) => tf.matMul(x!, y!, false, true),
        [
          [...batch, rows, k],
          [...batch, n, k],
        ],
      );
    }
  });

  it("BatchMatMul keeps NaN and infinities in their rows and columns", async () => {
    const [rows, k, n] = [9, 6, 10];
    const a = tf.tensor2d(
      Array.from({ length: rows * k }, (_, i) => (i === 2 * k + 1 ? NaN : i === 4 * k ? Infinity : 1)),
      [rows, k],
    );
    const b = tf.tensor2d(
      Array.from({ length: k * n }, (_, i) => (i === 3 * n + 9 ? -Infinity : 2)),
      [k, n],
    );
    for (const y of [tf.matMul(a, b), tf.matMul(a, tf.transpose(b), false, true)]) {
      const values = await y.data();
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < n; c++) {
          const ordinary = c === 9 ? -Infinity : 2 * k;
          const infinite = c === 9 ? NaN : Infinity;
          expect(values[r * n + c]).toBe(r === 2 ? NaN : r === 4 ? infinite : ordinary);
        }
    }
  });

  it("BatchMatMul of empty factors", () => {
    for (const [rows, k, n] of [
      [9, 0, 8],
      [0, 9, 8],
      [9, 8, 0],
    ] as const) {
      const y = tf.matMul(tf.zeros([rows, k]), tf.zeros([n, k]), false, true);
      expect([y.shape, [...y.dataSync()]]).toEqual([[rows, n], Array(rows * n).fill(0)]);
    }
  });

  it("BatchMatMul with the right or both factors transposed, and broadcast batches", async () => {
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, false, true),
      [
        [5, 3],
        [4, 3],
      ],
    );
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, true, true),
      [
        [3, 5],
        [4, 3],
      ],
    );
    await agreesWithCpu(
      (x, y) => tf.matMul(x!, y!, true, false),
      [
        [3, 6, 5],
        [1, 6, 4],
      ],
    );
  });

  it.each([
    [[7, 5], [0]],
    [[300, 8], 0],
    [
      [3, 4, 5, 6],
      [0, 1, 2],
    ],
    [
      [3, 4, 5],
      [0, 1],
    ],
    [[2, 3, 130], [0]],
    [[4, 1], [0]],
    [[4, 5], [1]],
    [
      [4, 5],
      [0, 1],
    ],
    [
      [3, 4, 5],
      [0, 2],
    ],
    [[130, 39], [0]],
    [[0, 5], [0]],
    [[5, 0], [0]],
  ] as [number[], number | number[]][])("Sum and Mean of %j over %j", async (shape, axis) => {
    for (const reduce of [tf.sum, tf.mean]) {
      if (reduce === tf.mean && shape[0] === 0) continue; // not a number
      await agreesWithCpu((x) => reduce(x!, axis), [shape]);
      await agreesWithCpu((x) => reduce(x!, axis, true), [shape]);
    }
  });

  it.each([
    [[5, 3], [3]],
    [
      [66, 14, 4],
      [1, 1, 4],
    ],
    [
      [3, 5, 17],
      [5, 17],
    ],
    [[100, 3], [3]],
    [
      [30, 5, 17],
      [5, 17],
    ],
    [[9, 20], [20]],
    [[9, 130], [130]],
    [
      [3, 1, 6],
      [1, 6],
    ],
    // Left to the stock kernels: nothing to compute, a column, numbers, and rows of another tensor.
    [[0, 6], [6]],
    [[4, 5], []],
    [
      [4, 5],
      [4, 1],
    ],
    [[4, 5], [1]],
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
  ])("Add, Sub and Multiply of %j and %j", async (shape, row) => {
    for (const f of [tf.add, tf.sub, tf.mul]) {
      await agreesWithCpu((x, b) => f(x!, b!), [shape, row]);
      await agreesWithCpu((x, b) => f(b!, x!), [shape, row]);
    }
  });

  it("Add keeps NaN in its place and leaves other types alone", async () => {
    const sum = tf.add(tf.tensor2d([1, NaN, 3, 4, 5, Infinity], [3, 2]), tf.tensor1d([1, -Infinity]));
    expect([...(await sum.data())]).toEqual([2, NaN, 4, -Infinity, 6, NaN]);
    const whole = tf.add(tf.tensor2d([1, 2, 3, 4], [2, 2], "int32"), tf.tensor1d([10, 20], "int32"));
    expect([whole.dtype, ...(await whole.data())]).toEqual(["int32", 11, 22, 13, 24]);
  });

  it.each(
    [
      [1, "same"],
      [1, "valid"],
      [1, 2],
      [2, "same"],
      [2, "valid"],
      [2, 1],
      [2, 2],
      [3, 1],
    ].flatMap(([stride, pad]) => [
      [stride, pad, [9, 9], [3, 3]],
      [stride, pad, [8, 11], [3, 3]],
      [stride, pad, [8, 9], [2, 2]],
    ]) as [number, "same" | "valid" | number, number[], number[]][],
  )(
    "tf.conv2d's gradients, stride %i, padding %s, image %j, kernel %j",
    async (stride, pad, image, kernel) => {
      const conv = (x: tf.Tensor, k: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, k as tf.Tensor4D, stride, pad);
      const square = (x: tf.Tensor, k: tf.Tensor) => tf.sum(tf.square(conv(x, k)));
      // Multiples of 4 and 8 channels have a way of their own.
      for (const channels of [3, 8]) {
        const shapes = [
          [2, ...image, channels],
          [...kernel, channels, 4],
        ];
        await agreesWithCpu((x, k) => tf.grad((p) => square(p, k!))(x!), shapes);
        await agreesWithCpu((x, k) => tf.grad((p) => square(x!, p))(k!), shapes);
      }
    },
  );

  it("tf.gather's gradient", () =>
    agreesWithCpu(
      (x) => tf.grad((p) => tf.sum(tf.square(tf.gather(p, tf.tensor1d([2, 0, 2, 1], "int32"), 1))))(x!),
      [[3, 4]],
    ));
});
