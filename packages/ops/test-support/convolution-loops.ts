import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { gradients } from "../src/derivatives/gradients.ts";
import { conv2d } from "../src/operators/conv2d.ts";
import { createRandom } from "../src/random/create-random.ts";
import { sizeOf } from "../src/tensors/size-of.ts";
import type { Tensor } from "../src/tensors/types.ts";
import { expectGolden } from "./golden.ts";

type Shape4 = [number, number, number, number];

/** y, and the gradients of <y, dy> in x and in the kernel, by seven nested loops in float64. */
export function reference(
  x: Float32Array,
  kernel: Float32Array,
  dy: Float32Array,
  xShape: Shape4,
  kShape: Shape4,
  stride: number,
) {
  const [batch, height, width, channels] = xShape;
  const [kh, kw, , outputs] = kShape;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const y = new Float64Array(batch * rows * columns * outputs);
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
            for (let c = 0; c < channels; c++)
              for (let o = 0; o < outputs; o++) {
                const atX = ((b * height + h) * width + w) * channels + c;
                const atK = ((i * kw + j) * channels + c) * outputs + o;
                const atY = ((b * rows + r) * columns + s) * outputs + o;
                y[atY]! += x[atX]! * kernel[atK]!;
                dx[atX]! += dy[atY]! * kernel[atK]!;
                dk[atK]! += dy[atY]! * x[atX]!;
              }
          }
  return { y, dx, dk, yShape: [batch, rows, columns, outputs] as Shape4 };
}

// Few and many channels on either side, sizes around the kernels' tiles of 4 and 8 channels and panels of 64 pixels.
const cases: [Shape4, Shape4, 1 | 2][] = [
  [[3, 7, 5, 1], [3, 3, 1, 9], 1],
  [[3, 7, 5, 9], [3, 3, 9, 1], 1],
  [[2, 6, 6, 3], [3, 3, 3, 8], 1],
  [[2, 6, 7, 8], [3, 3, 8, 4], 1],
  [[2, 6, 7, 8], [3, 3, 8, 5], 1],
  [[1, 5, 7, 8], [3, 3, 8, 3], 1],
  [[1, 1, 3, 12], [5, 3, 12, 1], 1],
  [[3, 7, 5, 8], [3, 3, 8, 17], 1],
  [[3, 7, 5, 18], [3, 3, 18, 17], 1],
  [[3, 9, 6, 18], [3, 3, 18, 20], 2],
  // Multiples of 4 channels are computed in tiles on wasm. Blocks of 32 tiles, 8 and 64 outputs; the last image is too small.
  [[1, 4, 4, 4], [3, 3, 4, 4], 1],
  [[1, 5, 5, 8], [3, 3, 8, 4], 1],
  [[1, 4, 4, 8], [3, 3, 8, 68], 1],
  [[3, 8, 6, 4], [3, 3, 4, 40], 1],
  [[2, 7, 5, 16], [3, 3, 16, 12], 1],
  [[1, 5, 9, 12], [3, 3, 12, 44], 1],
  [[2, 2, 10, 8], [3, 3, 8, 8], 1],
  [[2, 3, 3, 4], [3, 3, 4, 8], 1],
  // From 32 channels on both sides, the adjoint on WebGPU is another one.
  [[1, 4, 5, 32], [3, 3, 32, 33], 1],
  [[2, 3, 2, 33], [3, 2, 33, 36], 1],
  [[2, 3, 4, 36], [1, 1, 36, 32], 1],
  [[2, 3, 4, 32], [3, 3, 32, 32], 2],
  [[4, 5, 5, 12], [1, 1, 12, 8], 1],
  [[4, 5, 5, 2], [1, 1, 2, 3], 1],
  [[2, 6, 6, 4], [5, 3, 4, 2], 1],
  [[1, 1, 1, 3], [3, 3, 3, 2], 1],
  [[2, 6, 6, 3], [3, 3, 3, 4], 2],
  [[2, 7, 5, 2], [3, 3, 2, 9], 2],
  [[2, 5, 6, 3], [1, 1, 3, 5], 2],
  [[2, 9, 8, 2], [5, 5, 2, 2], 2],
  [[2, 8, 9, 2], [7, 1, 2, 3], 2],
  [[1, 4, 11, 1], [1, 9, 1, 2], 2],
  [[2, 1, 1, 3], [3, 3, 3, 2], 2],
  [[1, 2, 3, 1], [5, 7, 1, 1], 2],
  // Even kernels have one zero fewer before the image than after it. Some images are smaller than the kernels.
  [[2, 7, 6, 3], [2, 2, 3, 4], 1],
  [[2, 6, 7, 1], [2, 3, 1, 2], 1],
  [[2, 5, 8, 2], [3, 2, 2, 1], 1],
  [[3, 8, 5, 2], [4, 4, 2, 9], 1],
  [[2, 4, 4, 8], [1, 4, 8, 4], 1],
  [[1, 3, 2, 2], [4, 4, 2, 3], 1],
  [[2, 1, 1, 2], [2, 2, 2, 2], 1],
  [[1, 1, 5, 1], [6, 2, 1, 1], 1],
  [[2, 7, 6, 3], [2, 2, 3, 4], 2],
  [[2, 6, 7, 1], [2, 3, 1, 2], 2],
  [[2, 5, 8, 2], [3, 2, 2, 1], 2],
  [[3, 8, 5, 2], [4, 4, 2, 9], 2],
  [[2, 4, 4, 8], [1, 4, 8, 4], 2],
  [[1, 3, 2, 2], [4, 4, 2, 3], 2],
  [[2, 1, 1, 2], [2, 2, 2, 2], 2],
  [[1, 1, 5, 1], [6, 2, 1, 1], 2],
];

/** Convolutions of many sizes, compared on the current backend with loops in float64. */
export function itEqualsLoops(): void {
  it.each(cases)(
    "x %j, kernel %j, stride %i: value, adjoint and both gradients equal float64 loops",
    async (xShape, kShape, stride) => {
      const random = createRandom(1);
      const outShape = [
        xShape[0],
        Math.ceil(xShape[1] / stride),
        Math.ceil(xShape[2] / stride),
        kShape[3],
      ] as Shape4;
      const x = random.fold("x").normalArray(sizeOf(xShape));
      const kernel = random.fold("kernel").normalArray(sizeOf(kShape));
      const dy = random.fold("dy").normalArray(sizeOf(outShape));
      const expected = reference(x, kernel, dy, xShape, kShape, stride);

      const before = tf.memory().numTensors;
      const [tx, tk, tdy] = [tf.tensor(x, xShape), tf.tensor(kernel, kShape), tf.tensor(dy, outShape)];
      const inputShape = xShape.slice(1);
      const apply = (p: Tensor, k: Tensor) => conv2d(k, { inputShape, stride }).apply(p);
      const adjoint = (q: Tensor, k: Tensor) => conv2d(k, { inputShape, stride }).adjoint(q);
      const y = apply(tx, tk);
      const back = adjoint(tdy, tk);
      expect([y.shape, back.shape]).toEqual([outShape, xShape]);
      const [dx, dk] = gradients((p, k) => apply(p!, k!), [tx, tk], tdy);
      // The gradients of the adjoint are compared with the same reference: <adjoint(dy), x> = <apply(x), dy>.
      const [dyOfAdjoint, dkOfAdjoint] = gradients((q, k) => adjoint(q!, k!), [tdy, tk], tx);
      for (const [got, want] of [
        [y, expected.y],
        [back, expected.dx],
        [dx, expected.dx],
        [dk, expected.dk],
        [dyOfAdjoint, expected.y],
        [dkOfAdjoint, expected.dk],
      ] as [Tensor, Float64Array][])
        // Float32 sums of up to 200 products of normal numbers.
        expectGolden(await got.data(), [...want], { abs: 3e-5, rel: 1e-5 });
      tf.dispose([tx, tk, tdy, y, back, dx, dk, dyOfAdjoint, dkOfAdjoint] as Tensor[]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );
}
