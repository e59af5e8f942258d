import * as ops from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { createChecker, floats } from "../../test-support/check-lowerings.ts";
import type { Tolerance } from "../../test-support/compare-with-cpu.ts";
import { runKernel } from "../../test-support/run-kernel.ts";
import { convolutionLowerings } from "./convolution.ts";
import { depthwiseLowerings } from "./depthwise.ts";

beforeAll(() => startBackend("cpu"));

const checker = createChecker();

/** Sums of up to 200 products of numbers of size 2. */
const rounding: Tolerance = { ofLargest: 2e-6, absolute: 2e-6 };

/** [images, kernel], with few and many channels on either side, odd sizes, and kernels of every kind. */
const cases: [Shape, Shape][] = [
  [
    [2, 5, 4, 1],
    [3, 3, 1, 5],
  ],
  [
    [2, 5, 4, 5],
    [3, 3, 5, 1],
  ],
  [
    [2, 4, 6, 3],
    [3, 3, 3, 4],
  ],
  [
    [2, 4, 5, 4],
    [3, 3, 4, 4],
  ],
  [
    [3, 3, 5, 4],
    [1, 1, 4, 6],
  ],
  [
    [3, 3, 5, 6],
    [1, 1, 6, 2],
  ],
  [
    [2, 6, 5, 2],
    [5, 3, 2, 2],
  ],
  [
    [1, 7, 6, 2],
    [5, 5, 2, 1],
  ],
  [
    [2, 4, 7, 1],
    [1, 5, 1, 2],
  ],
  [
    [1, 1, 1, 3],
    [3, 3, 3, 2],
  ],
  [
    [2, 2, 3, 1],
    [5, 7, 1, 1],
  ],
  [
    [2, 5, 4, 2],
    [2, 2, 2, 3],
  ],
  [
    [2, 4, 5, 3],
    [4, 3, 3, 1],
  ],
  [
    [0, 4, 5, 2],
    [3, 3, 2, 3],
  ],
  [
    [0, 4, 4, 3],
    [1, 1, 3, 2],
  ],
];
const strides = [1, 2] as const;

const withGradients = (f: (x: Tensor, kernel: Tensor) => Tensor) => (x: Tensor, kernel: Tensor) => {
  const y = f(x, kernel);
  return [y, ...ops.gradients((at, k) => f(at!, k!), [x, kernel], ops.sub(0.5, y))];
};

describe("convolutions of images in every form, and their gradients", () => {
  const all = cases.flatMap(([images, kernel]) => strides.map((stride) => ({ images, kernel, stride })));
  it.each(all)("$images with $kernel, stride $stride", ({ images, kernel, stride }) =>
    checker.forms(
      withGradients((x, k) => ops.conv2d(k, { inputShape: images.slice(1), stride }).apply(x)),
      [images, kernel],
      rounding,
      "one at a time",
    ),
  );
  it.each(all)("the adjoint for $images with $kernel, stride $stride", ({ images, kernel, stride }) => {
    const out = [Math.ceil(images[1]! / stride), Math.ceil(images[2]! / stride)];
    return checker.forms(
      withGradients((y, k) => ops.conv2d(k, { inputShape: images.slice(1), stride }).adjoint(y)),
      [[images[0]!, ...out, kernel[3]!], kernel],
      rounding,
      "one at a time",
    );
  });
});

describe("convolutions of each channel on its own", () => {
  const depthwise: [Shape, Shape][] = [
    [
      [2, 4, 5, 3],
      [3, 3, 3],
    ],
    [
      [2, 5, 4, 1],
      [3, 3, 1],
    ],
    [
      [2, 3, 3, 2],
      [1, 1, 2],
    ],
    [
      [1, 5, 6, 2],
      [5, 3, 2],
    ],
    [
      [2, 4, 5, 2],
      [2, 2, 2],
    ],
  ];
  const all = depthwise.flatMap(([images, kernel]) => strides.map((stride) => ({ images, kernel, stride })));
  it.each(all)("$images with $kernel, stride $stride", ({ images, kernel, stride }) => {
    const operator = (k: Tensor) => ops.depthwiseConv2d(k, { inputShape: images.slice(1), stride });
    return checker.forms(
      (x, k) => [
        ...withGradients((at, weight) => operator(weight).apply(at))(x!, k!),
        operator(k!).adjoint(ops.neg(operator(k!).apply(x!))),
      ],
      [images, kernel],
      rounding,
      "one at a time",
    );
  });
});

describe("blocks of convolutions", () => {
  it("keep stacked probes, channels first or not", () =>
    checker.forms(
      (x, v, k) => {
        // J v and J' w of three probes for each image, as in the series for a log-determinant.
        const convolution = ops.conv2d(k!, { inputShape: [3, 2, 2] });
        const { value, jvp, vjp } = ops.activation("elu").linearise(convolution.apply(x!));
        const stacked = ops.reshape(v!, [6, 3, 2, 2]);
        const along = jvp(convolution.apply(stacked));
        const back = convolution.adjoint(vjp(along));
        const traces = ops.sum(ops.mul(ops.reshape(back, [3, 2, 3, 2, 2]), v!), [2, 3, 4]);
        return [value, along, back, ops.mean(traces, 0), ops.sum(ops.reshape(back, [6, -1]), 1)];
      },
      [
        [2, 3, 2, 2],
        [3, 2, 3, 2, 2],
        [3, 3, 2, 2],
      ],
      { ofLargest: 1e-5 },
      "one at a time",
    ));
  it("add a bias, squeeze, and go through a matrix", () =>
    checker.forms(
      (x, b, w) => {
        const y = ops.relu(ops.add(ops.spaceToDepth(x!), b!));
        const rows = ops.reshape(y, [-1, 4]);
        const mixed = ops.reshape(ops.matMul(rows, w!), [2, 1, 2, 3]);
        return [
          y,
          mixed,
          ops.depthToSpace(ops.concat([mixed, ops.split(y, 4, 3)[0]!], 3)),
          ops.sum(y, [1, 2]),
        ];
      },
      [[2, 2, 4, 1], [4], [4, 3]],
    ));
});

describe("Conv2D of TensorFlow.js", () => {
  it("with zeros on all sides, or with a kernel of one tap", () =>
    checker.forms(
      (x, k) => [
        runKernel(
          "Conv2D",
          { x: x!, filter: ops.slice(k!, [1, 1, 0, 0], [1, 1, 2, 3]) },
          { strides: 1, pad: "same", dilations: 1, dataFormat: "NHWC" },
        ) as Tensor,
        runKernel(
          "Conv2D",
          { x: x!, filter: k! },
          {
            strides: [2, 2],
            pad: [
              [0, 0],
              [1, 1],
              [1, 1],
              [0, 0],
            ],
            dilations: [1, 1],
            dataFormat: "NHWC",
          },
        ) as Tensor,
      ],
      [
        [2, 4, 5, 2],
        [3, 3, 2, 3],
      ],
      rounding,
    ));
  it("is refused with other padding", () =>
    expect(
      checker.values(
        (x, k) =>
          runKernel(
            "Conv2D",
            { x: x!, filter: k! },
            { strides: 1, pad: "valid", dilations: 1, dataFormat: "NHWC" },
          ),
        [
          floats([1, 3, 3, 1], new Array<number>(9).fill(1)),
          floats([3, 3, 1, 1], new Array<number>(9).fill(1)),
        ],
      ),
    ).rejects.toThrow(/expected a convolution with an odd kernel.*received.*valid/));
});

it("a NaN pixel reaches what its neighbours become, and every gradient of the kernel", () => {
  const pixels = Array.from({ length: 32 }, (_, i) => (i === 5 ? NaN : (i % 7) / 3 - 1));
  const kernel = Array.from({ length: 18 }, (_, i) => (i % 5) / 2 - 0.9);
  return checker.values(
    (x, k) => withGradients((at, weight) => ops.conv2d(weight, { inputShape: [4, 4, 1] }).apply(at))(x!, k!),
    [floats([2, 4, 4, 1], pixels), floats([3, 3, 1, 2], kernel)],
    rounding,
  );
});

it("every lowering of a convolution was reached", () =>
  expect(checker.missing({ ...convolutionLowerings, ...depthwiseLowerings })).toEqual([]));
