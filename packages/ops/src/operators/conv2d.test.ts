import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../backend/index.ts";
import { conv2d } from "./conv2d.ts";
import { describeGolden, expectGolden } from "../../test-support/golden.ts";
import { gatheredKernelGradient } from "./kernel-gradient.ts";
import { gradients } from "../derivatives/gradients.ts";
import { createRandom } from "../random/create-random.ts";
import { itEqualsLoops, reference } from "../../test-support/convolution-loops.ts";
import { sizeOf } from "../tensors/size-of.ts";
import type { Tensor } from "../tensors/types.ts";

type Shape4 = [number, number, number, number];

describe.each(["cpu", "wasm"] as const)("conv2d on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  // One shape for each way in which wasm computes a convolution.
  const ways: [channels: number, outputs: number][] = [
    [1, 3],
    [8, 5],
    [3, 17],
    [12, 4],
    [4, 16],
    [16, 12],
  ];

  it.each(ways)("keeps a NaN and an infinity in their neighbourhoods: %i to %i channels", async (c, o) => {
    const values = new Float32Array(7 * 9 * c).fill(1);
    values[(1 * 9 + 2) * c] = NaN;
    values[(4 * 9 + 7) * c] = Infinity;
    const [x, k] = [tf.tensor(values, [1, 7, 9, c]), tf.ones([3, 3, c, o])];
    const y = conv2d(k, { inputShape: [7, 9, c] }).apply(x);
    const near = (i: number, row: number, column: number) =>
      Math.abs(Math.floor(i / 9) - row) < 2 && Math.abs((i % 9) - column) < 2;
    const got = await y.data();
    // In tiles, infinity minus infinity is possible.
    const infinite =
      backend === "wasm" && c % 4 === 0 && o % 4 === 0 ? expect.toBeOneOf([NaN, Infinity]) : Infinity;
    for (let i = 0; i < 63; i++) {
      const [row, column] = [Math.floor(i / 9), i % 9];
      const taps = (row % 6 === 0 ? 2 : 3) * (column % 8 === 0 ? 2 : 3);
      const expected = near(i, 1, 2) ? NaN : near(i, 4, 7) ? infinite : taps * c;
      for (let j = 0; j < o; j++) expect(got[i * o + j]).toEqual(expected);
    }
    tf.dispose([x, k, y]);
  });

  it.each(ways)("takes an empty batch: %i to %i channels", (c, o) => {
    const [x, k] = [tf.zeros([0, 4, 5, c]), tf.ones([3, 3, c, o])];
    const operator = conv2d(k, { inputShape: [4, 5, c] });
    const y = operator.apply(x);
    const back = operator.adjoint(y);
    expect([y.shape, back.shape]).toEqual([
      [0, 4, 5, o],
      [0, 4, 5, c],
    ]);
    tf.dispose([x, k, y, back]);
  });

  it.each([1, 3])("has zeros as the adjoint of no outputs, with a kernel of %i pixels", async (size) => {
    const operator = conv2d(tf.zeros([size, size, 8, 0]), { inputShape: [4, 4, 8] });
    const back = operator.adjoint(tf.zeros([2, 4, 4, 0]));
    expect([back.shape, [...(await back.data())]]).toEqual([[2, 4, 4, 8], Array<number>(256).fill(0)]);
    back.dispose();
  });

  itEqualsLoops();

  type Nested = number[][][][];
  describeGolden<
    { kernel: Nested; inputShape: number[]; stride: 1 | 2; x: Nested },
    { y: Nested; adjoint_of_y: Nested }
  >("conv_operator_norm", async ({ inputs: { kernel, inputShape, stride, x }, expected, tolerance }) => {
    const [y, back] = tf.tidy(() => {
      const operator = conv2d(tf.tensor4d(kernel), { inputShape, stride });
      const y = operator.apply(tf.tensor4d(x));
      return [y, operator.adjoint(tf.tensor4d(expected.y))];
    }) as [Tensor, Tensor];
    expectGolden(await y.data(), expected.y, tolerance);
    expectGolden(await back.data(), expected.adjoint_of_y, tolerance);
    tf.dispose([y, back]);
  });

  it("sums a large batch without losing digits", async () => {
    // An entry is a sum of 64 * 28 * 28 terms. A plain float32 running sum would be off by 5e-4.
    const [x, y] = tf.tidy(() => [tf.fill([64, 28, 28, 4], 0.1), tf.fill([64, 28, 28, 8], 1)]) as [
      Tensor,
      Tensor,
    ];
    const kernel = tf.zeros([1, 1, 4, 8]);
    const [dk] = gradients((k) => conv2d(k!, { inputShape: [28, 28, 4] }).apply(x), [kernel], y) as [Tensor];
    const exact = 64 * 28 * 28 * Math.fround(0.1);
    for (const entry of await dk.data()) expect(Math.abs(entry / exact - 1)).toBeLessThan(2e-5);
    tf.dispose([x, y, kernel, dk]);
  });

  it.each([
    ["input channels", 2, 5, 1],
    ["output channels", 5, 2, 1],
    ["input channels, stride 2", 5, 2, 2],
  ] as const)(
    "the portable kernel gradient is right when split by %s, in parts of any size",
    async (_, inputs, outputs, stride) => {
      const random = createRandom(6);
      const side = 6 / stride;
      const x = random.fold("x").normal([5, 6, 6, inputs]);
      const y = random.fold("y").normal([5, side, side, outputs]);
      const shape = [3, 3, inputs, outputs] as Shape4;
      const values = [x, y].map((t) => t.data<"float32">());
      const { dk } = reference(
        await values[0]!,
        new Float32Array(sizeOf(shape)),
        await values[1]!,
        [5, 6, 6, inputs],
        shape,
        stride,
      );
      const before = tf.memory().numTensors;
      for (const numbers of [1, 2 * side * side * 9 * Math.min(inputs, outputs), Infinity]) {
        const got = tf.tidy(() => gatheredKernelGradient(x, y, shape, stride, numbers));
        expectGolden(await got.data(), [...dk], { abs: 3e-5, rel: 1e-5 });
        got.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose([x, y]);
    },
  );

  it("computes no gradient that nobody asked for", async () => {
    const kernel = tf.variable(tf.ones([3, 3, 2, 2]) as tf.Tensor4D);
    const x = tf.ones([1, 4, 4, 2]);
    const profile = await tf.profile(() => {
      gradients((k) => conv2d(k!, { inputShape: [4, 4, 2] }).apply(x), [kernel]).forEach((g) => g.dispose());
    });
    const names = profile.kernels.map(({ name }) => name);
    expect(names).toContain("InvertibleConvolveKernelGradient");
    expect(names).not.toContain("InvertibleConvolveAdjoint");
    tf.dispose([kernel, x]);
  });
});

it("rejects kernels, inputs and strides that do not fit", () => {
  const kernel = (shape: number[]) => tf.zeros(shape);
  expect(() => conv2d(kernel([2, 2, 2, 4]), { inputShape: [5, 5, 3] })).toThrow(
    "conv2d kernel: expected [kh, kw, 3, outputs] for images of shape [5, 5, 3], received [2, 2, 2, 4]",
  );
  expect(() => conv2d(kernel([0, 3, 3, 4]), { inputShape: [5, 5, 3] })).toThrow(
    /expected \[kh, kw, 3, outputs\].*received \[0, 3, 3, 4\]/,
  );
  expect(() => conv2d(kernel([3, 3, 3, 4]), { inputShape: [5, 5, 3], stride: 3 as 1 })).toThrow(
    /stride: expected 1 or 2/,
  );
  const operator = conv2d(kernel([3, 3, 3, 4]), { inputShape: [5, 5, 3] });
  expect(() => operator.apply(tf.zeros([2, 5, 5, 4]))).toThrow(
    "conv2d.apply x: expected [B, 5, 5, 3], received [2, 5, 5, 4]",
  );
  expect(() => operator.adjoint(tf.zeros([2, 5, 5, 3]))).toThrow(/conv2d.adjoint y: expected \[B, 5, 5, 4\]/);
});
