import {
  createRandom,
  dispose,
  matrix64,
  memory,
  mul,
  multiply64,
  solve,
  tensor,
  tidy,
  transpose64,
} from "@invertible/ops";
import type { Matrix64, Shape } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { aolKernel, aolWeight } from "./aol.ts";
import { cayley } from "./cayley.ts";
import { checkDerivatives } from "../../test-support/derivatives.ts";
import { aolConv2d, aolDense, orthogonalDense } from "../index.ts";
import type { ConstructedOperator } from "../index.ts";
import { singularValuesOf } from "../../test-support/unrolled.ts";

const random = createRandom(21);

type Build = (coefficient: number) => ConstructedOperator;

const dense = (make: typeof aolDense) =>
  (
    [
      [1, 1],
      [1, 7],
      [7, 1],
      [5, 5],
      [40, 40],
      [10, 48],
      [48, 10],
    ] as const
  ).map(
    ([inputs, outputs]) =>
      [
        `${make.name} ${inputs} -> ${outputs}`,
        (coefficient) => make({ inputs, outputs, coefficient, random }),
      ] as [string, Build],
  );

const convolutions = ([1, 2] as const).flatMap((stride) =>
  (
    [
      [[6, 6, 3], 4, 3],
      [[5, 8, 1], 6, 3],
      [[5, 5, 6], 1, 3],
      [[5, 5, 3], 3, 1],
      [[6, 5, 2], 2, 5],
      [[1, 1, 3], 3, 3],
      [[2, 1, 2], 3, 5],
      [[6, 5, 2], 3, 2],
      [[5, 6, 2], 2, 4],
    ] as const
  ).map(
    ([inputShape, outputs, kernelSize]) =>
      [
        `aolConv2d [${inputShape}] -> ${outputs}, ${kernelSize}x${kernelSize}, stride ${stride}`,
        (coefficient) => aolConv2d({ inputShape, outputs, kernelSize, stride, coefficient, random }),
      ] as [string, Build],
  ),
);

/** What a weight may look like: as at the start, and in shapes that break careless scalings. */
const weights: [string, (shape: Shape) => Float32Array][] = [
  ["normal", (shape) => createRandom(5).normalArray(size(shape))],
  ["of one sign", (shape) => createRandom(6).uniformArray(size(shape))],
  ["constant", (shape) => new Float32Array(size(shape)).fill(0.3)],
  [
    "with a single entry",
    (shape) => Float32Array.from({ length: size(shape) }, (_, i) => (i === 0 ? -2 : 0)),
  ],
  ["zero", (shape) => new Float32Array(size(shape))],
  [
    "of size 1e-20",
    (shape) =>
      createRandom(7)
        .normalArray(size(shape))
        .map((x) => x * 1e-20),
  ],
  [
    "of size 100",
    (shape) =>
      createRandom(8)
        .normalArray(size(shape))
        .map((x) => x * 100),
  ],
  [
    "of size 1e8",
    (shape) =>
      createRandom(9)
        .normalArray(size(shape))
        .map((x) => x * 1e8),
  ],
];

describe.each(["cpu", "wasm"] as const)("operators bounded by construction, on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describe.each([...dense(aolDense), ...dense(orthogonalDense), ...convolutions])("%s", (_, build) => {
    it("has a proven norm of at most c, whatever the weight", async () => {
      for (const coefficient of [0.3, 0.97]) {
        const operator = build(coefficient);
        const { weight } = operator.parameters;
        for (const [kind, entries] of [["as built", undefined], ...weights] as const) {
          if (entries) tidy(() => weight.assign(tensor(entries(weight.shape), weight.shape)));
          const norm = (await singularValuesOf(operator.bind()))[0]!;
          const { bound, domain, codomain } = await operator.certify();
          expect({ domain, codomain }).toEqual({ domain: 2, codomain: 2 });
          expect(norm, kind).toBeLessThanOrEqual(bound);
          expect(bound, kind).toBeLessThanOrEqual(coefficient);
          await operator.enforce();
        }
        dispose(weight);
      }
    });

    it("leaks nothing", async () => {
      const before = memory().numTensors;
      const operator = build(0.7);
      expect(memory().numTensors).toBe(before + 1);
      expect(operator.state).toEqual({});
      const x = random.normal([2, ...operator.inputShape]);
      dispose([tidy(() => operator.bind().apply(x)), x]);
      await operator.refresh({ iterations: 2 });
      await operator.certify();
      await operator.enforce();
      expect(memory().numTensors).toBe(before + 1);
      dispose(operator.parameters.weight);
    });
  });

  it("orthogonalDense has all singular values at c, for weights of moderate size", async () => {
    for (const [inputs, outputs] of [
      [6, 6],
      [3, 8],
      [8, 3],
      [64, 64],
      [20, 50],
    ] as const)
      for (const scale of [0.1, 1, 20]) {
        const operator = orthogonalDense({ inputs, outputs, coefficient: 0.8, random });
        tidy(() => operator.parameters.weight.assign(mul(operator.parameters.weight, scale)));
        const values = await singularValuesOf(operator.bind());
        expect(values.length).toBe(Math.min(inputs, outputs));
        for (const value of values) expect(Math.abs(value / (0.8 * (1 - 1e-5)) - 1)).toBeLessThan(1e-6);
      }
  });

  it("aolWeight has the values of the formula and its first two derivatives", async () => {
    const [n, m] = [4, 3];
    await checkDerivatives(aolWeight, (x) => aol64(x, n, m), numbers(n * m), [n, m], 2e-4);
  });

  it.each([
    [1, [3, 3, 2, 2]],
    [2, [3, 3, 2, 2]],
    [1, [1, 3, 2, 1]],
    [2, [5, 3, 1, 2]],
    [1, [2, 2, 2, 2]],
    [2, [4, 2, 2, 1]],
  ] as const)(
    "aolKernel has the values of its formula and its first two derivatives, stride %i, kernel [%s]",
    async (stride, shape) => {
      const kernel = numbers(size(shape));
      await checkDerivatives(
        (k) => aolKernel(k, stride),
        (k) => aolKernel64(k, shape, stride),
        kernel,
        shape,
        3e-4,
      );
    },
  );

  it.each([
    [1, 1],
    [3, 3],
    [5, 3],
    [4, 1],
  ])("cayley has the values of its formula and its first two derivatives, [%i, %i]", async (m, n) => {
    await checkDerivatives(cayley, (x) => cayley64(x, m, n), numbers(m * n), [m, n], 2e-4);
  });
});

describe("operators bounded by construction", () => {
  it.each([
    [() => aolDense({ inputs: 2, outputs: 2, coefficient: 0, random }), "aolDense: coefficient"],
    [() => aolDense({ inputs: 0, outputs: 2, coefficient: 1, random }), "aolDense: inputs"],
    [
      () => aolDense({ inputs: 2, outputs: 2, coefficient: 1, random, domain: 1 }),
      "aolDense: domain: expected 2, the only norm this construction bounds, received 1",
    ],
    [
      () => orthogonalDense({ inputs: 2, outputs: 2, coefficient: 1, random, codomain: Infinity }),
      "orthogonalDense: codomain: expected 2",
    ],
    [
      () => aolConv2d({ inputShape: [4, 4, 1], outputs: 2, kernelSize: 0, coefficient: 1, random }),
      "aolConv2d: kernelSize: expected a positive integer, received 0",
    ],
  ])("refuse wrong options: %#", (build, message) => {
    const before = memory().numTensors;
    expect(build).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});

function size(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

function numbers(count: number): number[] {
  return Array.from(createRandom(31).uniformArray(count), (x) => Math.fround(2 * x - 1));
}

function aol64(x: readonly number[], n: number, m: number): number[] {
  const row = (i: number) => x.slice(i * m, (i + 1) * m);
  const inner = (a: readonly number[], b: readonly number[]) => a.reduce((t, p, i) => t + p * b[i]!, 0);
  return Array.from({ length: n }, (_, i) => {
    let total = 0;
    for (let j = 0; j < n; j++) total += Math.abs(inner(row(i), row(j)));
    return row(i).map((w) => w / Math.sqrt(total));
  }).flat();
}

/** The scales computed directly from the Gram matrix of the convolution on an unbounded grid, tap by tap. */
function aolKernel64(
  x: readonly number[],
  [height, width, inputs, outputs]: readonly [number, number, number, number],
  stride: number,
): number[] {
  const at = (i: number, j: number, c: number, o: number) => x[((i * width + j) * inputs + c) * outputs + o]!;
  const scales = Array.from({ length: inputs }, (_, c) => {
    let largest = 0;
    for (let place = 0; place < stride ** 2; place++) {
      let total = 0;
      for (let other = 0; other < inputs; other++)
        for (let di = 1 - height; di < height; di++)
          for (let dj = 1 - width; dj < width; dj++) {
            let entry = 0;
            for (let i = Math.floor(place / stride); i < height; i += stride)
              for (let j = place % stride; j < width; j += stride) {
                const [k, l] = [i + di, j + dj];
                if (k < 0 || l < 0 || k >= height || l >= width) continue;
                for (let o = 0; o < outputs; o++) entry += at(i, j, c, o) * at(k, l, other, o);
              }
            total += Math.abs(entry);
          }
      largest = Math.max(largest, total);
    }
    return 1 / Math.sqrt(largest);
  });
  return x.map((w, i) => w * scales[Math.floor(i / outputs) % inputs]!);
}

function cayley64(v: readonly number[], m: number, n: number): number[] {
  const x = matrix64(n, n, v.slice(0, n * n));
  const y = matrix64(m - n || 1, n, m === n ? new Float64Array(n) : v.slice(n * n));
  const a = combine(combine(x, transpose64(x), -1), multiply64(transpose64(y), y), 1);
  const identity = matrix64(
    n,
    n,
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
  );
  const inverse = solve(combine(identity, a, 1), identity);
  const upper = multiply64(inverse, combine(identity, a, -1));
  const lower = multiply64(y, inverse).data.map((entry) => -2 * entry);
  return [...upper.data, ...(m === n ? [] : lower)];
}

function combine(a: Matrix64, b: Matrix64, factor: number): Matrix64 {
  return { ...a, data: a.data.map((entry, i) => entry + factor * b.data[i]!) };
}
