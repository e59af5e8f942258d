import * as ops from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { booleans, createChecker, floats, integers } from "../../test-support/check-lowerings.ts";
import { runBoth } from "../../test-support/compare-with-cpu.ts";
import type { Tolerance } from "../../test-support/compare-with-cpu.ts";
import { runKernel } from "../../test-support/run-kernel.ts";
import { pointwiseLowerings } from "./pointwise.ts";
import { sigmoidLowerings } from "./sigmoid.ts";

beforeAll(() => startBackend("cpu"));

const checker = createChecker();

/** What formulas treat apart, such as kinks, tails, the ends of float32, and what is no number. */
const specials = [
  ...[NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 1e-30, 1e-7, -1e-7, 1e-4, -1e-4, 0.5, -0.5, 1, -1],
  ...[1.5, -1.5, 2.5, -1.2784645, 5, -5, 20, -20, 40, -40, 88, -88, 89, -89, 100, -104, -110, 200, -200],
  ...[1e10, -1e10, 1e30, -1e30, 3.4e38, -3.4e38],
];
/** Each several times, since processors compute entries in groups and those that are left one by one. */
const repeated = specials.flatMap((each) => new Array<number>(19).fill(each));
const line = floats([repeated.length], repeated);
/** The same with the least normal number in the place of subnormal ones, for which a graph may give any slope of ReLU from 0 to 1. */
const normal = floats(
  line.shape,
  repeated.map((each) => (Math.abs(each) === 1e-45 ? Math.sign(each) * 2 ** -126 : each)),
);
const withSlopeOfRelu: readonly string[] = ["relu", "elu", "eluDerivative"];

/** Rounding of a few operations, and numbers so small that some processors take them for 0. */
const close: Tolerance = { relative: 2e-6, absolute: 1e-36 };
/** Formulas that subtract from 1 are right to an absolute error of a few roundings. */
const nearOne: Tolerance = { relative: 2e-6, absolute: 5e-7 };

describe("functions of special numbers", () => {
  const kernels: [string, object?, Tolerance?][] = [
    ["Abs"],
    ["Ceil"],
    ["ClipByValue", { clipValueMin: -1, clipValueMax: 1.5 }],
    ["Cos"],
    ["Elu", {}, nearOne],
    // That of the cpu backend is right to 2e-7 itself.
    ["Erf", {}, { absolute: 2e-7 }],
    ["Exp"],
    ["Expm1"],
    ["Floor"],
    ["IsFinite"],
    ["Log"],
    ["Log1p"],
    ["Neg"],
    ["Reciprocal"],
    ["Relu"],
    ["Round"],
    ["Rsqrt"],
    ["Sigmoid"],
    ["Sin"],
    ["Softplus"],
    ["Sqrt"],
    ["Square"],
    ["Step", { alpha: 0 }],
    ["Step", { alpha: 0.25 }],
    ["Tanh"],
  ];
  it.each(kernels)("%s %j", (kernel, attributes = {}, tolerance = close) =>
    checker.values((x) => runKernel(kernel, { x: x! }, { ...attributes }), [line], tolerance),
  );
  it("Sign, which is NaN for NaN and 0 on the cpu backend", () => {
    const numbers = repeated.filter((each) => !Number.isNaN(each));
    return checker.values((x) => ops.sign(x!), [floats([numbers.length], numbers)], close);
  });

  /** The product of dy and a derivative of f. */
  const along = (f: (x: Tensor) => Tensor, order: number): ((x: Tensor, dy: Tensor) => Tensor) =>
    order === 0 ? (x) => f(x) : (x, dy) => ops.gradients((at) => along(f, order - 1)(at!, dy), [x], dy)[0]!;
  const functions: [name: keyof typeof ops, Tolerance?][] = [
    ["exp"],
    ["expm1", nearOne],
    ["sigmoid"],
    ["sigmoidDerivative", nearOne],
    ["softplus"],
    // 1 - tanh(x)^2 is small beside what it is subtracted from, and dy^3 is up to 8.
    ["tanh", { absolute: 3e-6 }],
    ["tanhDerivative", { absolute: 3e-6 }],
    ["relu"],
    ["elu", nearOne],
    ["eluDerivative"],
    ["swish"],
    ["swishDerivative", nearOne],
    ["sin"],
    ["cos"],
  ];
  it.each(functions)("%s, and the products of its derivatives", (name, tolerance = close) => {
    const f = ops[name] as (x: Tensor) => Tensor;
    const dy = floats(
      line.shape,
      repeated.map((_, i) => 1 + (i % 3) / 2),
    );
    const x = withSlopeOfRelu.includes(name) ? normal : line;
    return checker.values((x, v) => [0, 1, 2].map((order) => along(f, order)(x!, v!)), [x, dy], tolerance);
  });

  it("the derivative of relu", () =>
    checker.values((x) => ops.activation("relu").derivative(x!), [normal], close));

  it("the derivative of relu at subnormal numbers, which is between its values on both sides", async () => {
    const subnormal = floats([4], [1e-45, 1e-40, 1.1e-38, -1e-40]);
    const { received } = await runBoth((x) => ops.activation("relu").derivative(x!), [subnormal]);
    const slopes = [...received[0]!.data];
    expect(slopes.every((slope) => slope >= 0 && slope <= 1)).toBe(true);
    expect(slopes.slice(2)).toEqual([1, 0]);
  });

  it.each([1e-3, 0.5, 1, 3])("lipSwish and its derivatives at beta %f", (beta) => {
    const dy = floats(
      line.shape,
      repeated.map((_, i) => 1 + (i % 3) / 2),
    );
    // Where x^2 overflows, 0 times infinity depends on which factors are multiplied first.
    const moderate = repeated.map((each) => (Math.abs(each) < 1e12 || Number.isNaN(each) ? each : 7));
    return checker.values(
      (x, v, b) => {
        const byX = (f: (x: Tensor, b: Tensor) => Tensor) => ops.gradients((at) => f(at!, b!), [x!], v!)[0]!;
        return [
          ops.lipSwish(x!, b!),
          ops.lipSwishDerivative(x!, b!),
          byX(ops.lipSwish),
          byX(ops.lipSwishDerivative),
          byX((at) => byX2(at, b!, v!)),
        ];
        function byX2(at: Tensor, scale: Tensor, direction: Tensor) {
          return ops.gradients((inner) => ops.lipSwish(inner!, scale), [at], direction)[0]!;
        }
      },
      [floats(line.shape, moderate), dy, floats([], [beta])],
      // swish' has a zero near -1.28, where only its error relative to 1 is small.
      { relative: 2e-6, absolute: 2e-7 },
    );
  });

  it("the derivatives of lipSwish by beta", () => {
    const xs = Array.from({ length: 201 }, (_, i) => (i - 100) / 2);
    const dys = xs.map((_, i) => ((i * 7) % 5) / 4 - 0.4);
    return checker.values(
      (x, dy, b) => [
        ops.gradients((beta) => ops.lipSwish(x!, beta!), [b!], dy!)[0]!,
        ops.gradients((beta) => ops.lipSwishDerivative(x!, beta!), [b!], dy!)[0]!,
        // Each x on its own, so that the tails are seen: x^2 sigmoid' falls to 1e-20 there.
        ...xs
          .filter((_, i) => i % 10 === 0)
          .map(
            (each) => ops.gradients((beta) => ops.lipSwish(ops.scalar(each), beta!), [b!], ops.scalar(1))[0]!,
          ),
      ],
      [floats([xs.length], xs), floats([xs.length], dys), floats([], [0.7])],
      { relative: 3e-6, absolute: 1e-37 },
    );
  });
});

describe("pairs of special numbers", () => {
  const kernels = [
    ...["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "Pow", "SquaredDifference"],
    ...["Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"],
  ];
  const pairs = specials.flatMap((a) => specials.map((b) => [a, b] as const));
  it.each(kernels)("%s", (kernel) => {
    // By the C standard 1 to the power of an infinity is 1, in JavaScript it is NaN.
    const taken =
      kernel === "Pow" ? pairs.filter(([a, b]) => Math.abs(a) !== 1 || Math.abs(b) !== Infinity) : pairs;
    const both = [0, 1].map((side) =>
      floats(
        [taken.length],
        taken.map((pair) => pair[side]!),
      ),
    );
    return checker.values((a, b) => runKernel(kernel, { a: a!, b: b! }), both, close);
  });
  it.each(kernels.filter((kernel) => kernel !== "Pow"))("%s with one number", (kernel) =>
    checker.values(
      (x, ...numbers) =>
        numbers.flatMap((b) => [
          runKernel(kernel, { a: x!, b }) as Tensor,
          runKernel(kernel, { a: b, b: x! }) as Tensor,
        ]),
      [line, ...specials.map((each) => floats([], [each]))],
      close,
    ),
  );
  it("Maximum, Minimum and Clip of this project", () =>
    checker.values(
      (x, y) => [ops.maximum(x!, y!), ops.minimum(x!, y!), ops.clipByValue(x!, -0.75, 20)],
      [0, 1].map((side) =>
        floats(
          [pairs.length],
          pairs.map((pair) => pair[side]!),
        ),
      ),
      close,
    ));
});

describe("broadcasting of arrays in every form", () => {
  const pairs: [Shape, Shape][] = [
    [[], []],
    [[5], []],
    [[4, 3], [3]],
    [
      [4, 3],
      [4, 1],
    ],
    [[4, 1], [3]],
    [
      [1, 3],
      [4, 1],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [[2, 2, 3, 4], [4]],
    [
      [2, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    [
      [2, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    [
      [2, 2, 3, 4],
      [2, 1, 1, 4],
    ],
    [
      [2, 2, 3, 4],
      [2, 2, 3, 1],
    ],
    [
      [2, 2, 3, 4],
      [3, 4],
    ],
    [
      [2, 2, 3, 4],
      [2, 3, 4],
    ],
    [
      [2, 2, 3, 1],
      [2, 2, 3, 4],
    ],
    [
      [1, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    [
      [3, 2, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    [
      [3, 2, 2, 3, 4],
      [3, 1, 1, 1, 1],
    ],
    [[3, 2, 2, 3, 4], [4]],
    [[0, 3], [3]],
    [
      [0, 2, 3, 4],
      [2, 3, 4],
    ],
    [
      [2, 0, 3],
      [1, 1, 3],
    ],
  ];
  it.each(pairs)("%j and %j", (a, b) =>
    checker.forms(
      (x, y) => [
        ops.sub(x!, y!),
        ops.sub(y!, x!),
        ops.maximum(x!, y!),
        ops.where(ops.greater(x!, y!), x!, y!),
        ops.mul(x!, ops.add(ops.zerosLike(x!), 1)),
        ops.div(x!, ops.onesLike(y!)),
        ops.add(ops.zerosLike(y!), x!),
        ops.sub(x!, ops.zerosLike(y!)),
      ],
      [a, b],
      {},
    ),
  );
  const three: Shape[] = [
    [4, 4],
    [2, 2, 3, 2],
    [0, 2],
  ];
  it.each(three.map((shape) => [shape] as const))("sums of several arrays of %j", (shape) =>
    checker.forms((x, y) => [ops.addN([x!, y!, x!]), ops.addN([x!])], [shape, shape], { absolute: 1e-6 }),
  );
  it.each(three.map((shape) => [shape] as const))("activations of %j", (shape) =>
    checker.forms(
      (x, b) => {
        const swish = ops.lipSwish(x!, ops.sum(b!));
        return [swish, ops.elu(x!), ops.softplus(x!), ops.mul(swish, x!)];
      },
      [shape, []],
      { ofLargest: 1e-6, absolute: 2e-7 },
    ),
  );
});

describe("integers and truths", () => {
  const a = integers([2, 3], [0, -1, 2, 7, 0, -5]);
  const b = integers([3], [2, -1, 4]);
  it("are computed with", () =>
    checker.values(
      (x, y) => [
        ops.add(x!, y!),
        ops.sub(x!, y!),
        ops.mul(x!, y!),
        ops.maximum(x!, y!),
        ops.minimum(x!, y!),
        ops.neg(x!),
        ops.abs(x!),
        ops.add(x!, ops.onesLike(y!)),
        ops.where(ops.less(x!, y!), x!, ops.add(ops.zerosLike(x!), y!)),
        ops.mul(ops.cast(x!, "float32"), 0.5),
      ],
      [a, b],
      {},
    ));
  it("are compared", () =>
    checker.values(
      (x, y) =>
        [ops.equal, ops.greater, ops.greaterEqual, ops.less, ops.lessEqual].map((compare) => compare(x!, y!)),
      [a, b],
      {},
    ));
  it("are combined", () =>
    checker.values(
      (p, q) => [
        ops.logicalAnd(p!, q!),
        runKernel("LogicalOr", { a: p!, b: q! }) as Tensor,
        ops.logicalNot(p!),
        ops.equal(p!, q!),
        runKernel("NotEqual", { a: p!, b: q! }) as Tensor,
        ops.where(p!, q!, ops.logicalNot(p!)),
      ],
      [booleans([4], [0, 0, 1, 1]), booleans([4], [0, 1, 0, 1])],
      {},
    ));
});

it("every lowering of a function of each entry was reached", () =>
  expect(checker.missing({ ...pointwiseLowerings, ...sigmoidLowerings })).toEqual([]));
