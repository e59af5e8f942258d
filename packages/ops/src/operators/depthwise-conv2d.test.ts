import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { createRandom } from "../random/create-random.ts";
import { depthwiseConv2d } from "./depthwise-conv2d.ts";
import { expectGolden } from "../../test-support/golden.ts";
import { gradients } from "../derivatives/gradients.ts";
import { tappedKernelGradient } from "./kernel-gradient.ts";
import { sizeOf } from "../tensors/size-of.ts";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];

/** y, and the gradients of <y, dy> in x and in the kernel, by loops in float64. */
function reference(
  [x, kernel, dy]: readonly [Float32Array, Float32Array, Float32Array],
  [batch, height, width, channels]: Shape4,
  [kh, kw]: readonly [number, number],
  stride: number,
) {
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const y = new Float64Array(dy.length);
  const dx = new Float64Array(x.length);
  const dk = new Float64Array(kernel.length);
  for (let b = 0; b < batch; b++)
    for (let r = 0; r < rows; r++)
      for (let s = 0; s < columns; s++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const h = r * stride + i - Math.floor((kh - 1) / 2);
            const w = s * stride + j - Math.floor((kw - 1) / 2);
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let c = 0; c < channels; c++) {
              const atX = ((b * height + h) * width + w) * channels + c;
              const atK = (i * kw + j) * channels + c;
              const atY = ((b * rows + r) * columns + s) * channels + c;
              y[atY]! += x[atX]! * kernel[atK]!;
              dx[atX]! += dy[atY]! * kernel[atK]!;
              dk[atK]! += dy[atY]! * x[atX]!;
            }
          }
  return { y, dx, dk };
}

// Odd and even sizes, channels around vectors of four, kernels larger than the image.
const cases: [Shape4, [number, number], 1 | 2][] = [
  [[3, 7, 5, 1], [3, 3], 1],
  [[2, 6, 7, 9], [3, 3], 1],
  [[2, 6, 6, 4], [5, 3], 1],
  [[2, 4, 5, 3], [1, 1], 1],
  [[1, 1, 1, 3], [3, 3], 1],
  [[2, 6, 6, 8], [3, 3], 2],
  [[2, 7, 5, 3], [3, 3], 2],
  [[2, 5, 6, 5], [1, 1], 2],
  [[2, 9, 8, 2], [5, 7], 2],
  [[1, 1, 3, 2], [5, 3], 2],
  // Even kernels have one zero fewer before the image than after it. Some images are smaller than the kernels.
  [[2, 7, 6, 3], [2, 2], 1],
  [[2, 6, 7, 4], [2, 3], 1],
  [[3, 8, 5, 2], [4, 4], 1],
  [[1, 3, 2, 5], [4, 4], 1],
  [[2, 1, 1, 2], [2, 2], 1],
  [[2, 7, 6, 3], [2, 2], 2],
  [[2, 6, 7, 4], [2, 3], 2],
  [[3, 8, 5, 2], [4, 4], 2],
  [[1, 3, 2, 5], [4, 4], 2],
  [[2, 1, 1, 2], [2, 2], 2],
];

describe.each(["cpu", "wasm"] as const)("depthwiseConv2d on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(cases)(
    "x %j, kernel %j, stride %i: value, adjoint and both gradients equal float64 loops",
    async (xShape, [kh, kw], stride) => {
      const random = createRandom(1);
      const [batch, height, width, channels] = xShape;
      const outShape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), channels];
      const kShape = [kh, kw, channels];
      const shapes = [xShape, kShape, outShape];
      const values = ["x", "kernel", "dy"].map((name, i) =>
        random.fold(name).normalArray(sizeOf(shapes[i]!)),
      ) as [Float32Array, Float32Array, Float32Array];
      const expected = reference(values, xShape, [kh, kw], stride);

      const before = tf.memory().numTensors;
      const [x, kernel, dy] = values.map((value, i) => tf.tensor(value, shapes[i])) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const inputShape = xShape.slice(1);
      const apply = (p: Tensor, k: Tensor) => depthwiseConv2d(k, { inputShape, stride }).apply(p);
      const adjoint = (q: Tensor, k: Tensor) => depthwiseConv2d(k, { inputShape, stride }).adjoint(q);
      const y = apply(x, kernel);
      const back = adjoint(dy, kernel);
      expect([y.shape, back.shape]).toEqual([outShape, xShape]);
      const [dx, dk] = gradients((p, k) => apply(p!, k!), [x, kernel], dy);
      // The form that serves where a backend has no kernel, for an even kernel as part of the odd one above it.
      const portable = tf.tidy(() =>
        tf.slice(tappedKernelGradient(x, dy, [kh | 1, kw | 1, channels], stride), [
          1 - (kh % 2),
          1 - (kw % 2),
          0,
        ]),
      );
      const [dyOfAdjoint, dkOfAdjoint] = gradients((q, k) => adjoint(q!, k!), [dy, kernel], x);
      for (const [got, want] of [
        [y, expected.y],
        [back, expected.dx],
        [dx, expected.dx],
        [dk, expected.dk],
        [portable, expected.dk],
        [dyOfAdjoint, expected.y],
        [dkOfAdjoint, expected.dk],
      ] as [Tensor, Float64Array][])
        // Float32 sums of up to 100 products of normal numbers.
        expectGolden(await got.data(), [...want], { abs: 1e-5, rel: 1e-5 });
      tf.dispose([x, kernel, dy, y, back, dx, dk, portable, dyOfAdjoint, dkOfAdjoint] as Tensor[]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("sums a large batch without losing digits", async () => {
    // An entry is a sum of 64 * 28 * 28 terms. A plain float32 running sum would be off by 5e-4.
    const [x, y] = [tf.fill([64, 28, 28, 3], 0.1), tf.ones([64, 28, 28, 3])];
    const kernel = tf.zeros([1, 1, 3]);
    const [dk] = gradients((k) => depthwiseConv2d(k!, { inputShape: [28, 28, 3] }).apply(x), [kernel], y);
    const exact = 64 * 28 * 28 * Math.fround(0.1);
    for (const entry of await dk!.data()) expect(Math.abs(entry / exact - 1)).toBeLessThan(2e-5);
    tf.dispose([x, y, kernel, dk!]);
  });
});

it("rejects kernels, inputs and strides that do not fit, and shows its structure", () => {
  const kernel = tf.zeros([3, 3, 4]);
  expect(() => depthwiseConv2d(kernel, { inputShape: [5, 5, 3] })).toThrow(
    "depthwiseConv2d kernel: expected [kh, kw, 3] for images of shape [5, 5, 3], received [3, 3, 4]",
  );
  expect(() => depthwiseConv2d(tf.zeros([0, 3, 4]), { inputShape: [5, 5, 4] })).toThrow(
    /expected \[kh, kw, 4\].*received \[0, 3, 4\]/,
  );
  expect(() => depthwiseConv2d(kernel, { inputShape: [5, 5, 4], stride: 3 as 1 })).toThrow(
    /depthwiseConv2d.stride: expected 1 or 2/,
  );
  const operator = depthwiseConv2d(kernel, { inputShape: [5, 6, 4], stride: 2 });
  expect(operator.outputShape).toEqual([3, 3, 4]);
  expect(operator.structure).toEqual({ kind: "depthwiseConv2d", kernel, stride: 2 });
  expect(() => operator.apply(tf.zeros([2, 3, 3, 4]))).toThrow(
    /depthwiseConv2d.apply x: expected \[B, 5, 6, 4\]/,
  );
  expect(() => operator.adjoint(tf.zeros([2, 5, 6, 4]))).toThrow(/adjoint y: expected \[B, 3, 3, 4\]/);
  kernel.dispose();
});
