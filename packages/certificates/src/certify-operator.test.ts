import { NonFiniteError } from "@invertible/errors";
import {
  conv2d,
  createRandom,
  dense,
  depthwiseConv2d,
  dispose,
  matrix64,
  mul,
  ones,
  singularValues,
  spectralNormBound,
  tensor,
  transpose64,
} from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../tools/golden.ts";
import type { Tolerance } from "../../../tools/golden.ts";
import { isNonnegativeDefinite, rational } from "../test-support/exact.ts";
import { foundNorm, largestRow, lengthOf } from "../test-support/norms-of-matrices.ts";
import { readWeights } from "../test-support/read-weights.ts";
import { unroll } from "../test-support/unrolled.ts";
import { certifyOperator } from "./certify-operator.ts";
import { dualExponent } from "./norms.ts";
import type { Norms } from "./norms.ts";
import type { OperatorWeights } from "./operator-weights.ts";

beforeAll(() => startBackend("wasm"));

interface Golden {
  readonly case: string;
  readonly inputs: { kernel: number[][][][]; inputShape: number[]; stride: 1 | 2 };
  readonly expected: { operator_norms: Record<string, number> };
  readonly tolerance: Tolerance;
}
const cases = readGolden<Golden>("conv_operator_norm");

/** The relative error of the SVD: a few units in the last place, times the steps of its iteration. */
const svdError = 1e-13;

const exponents = [1, 1.5, 2, 3, Infinity];

const certify = async (operator: LinearOperator, norms?: Norms) =>
  certifyOperator(await readWeights(operator), norms);

describe("certifyOperator against the golden file", () => {
  it.each(cases.map((golden) => [golden.case, golden] as const))(
    "%s",
    (_, { inputs: { kernel, inputShape, stride }, expected, tolerance }) => {
      const shape = [kernel.length, kernel[0]!.length, kernel[0]![0]!.length, kernel[0]![0]![0]!.length];
      const weight = { values: Float32Array.from(kernel.flat(3)), shape };
      const names = Object.keys(expected.operator_norms).filter((name) => name !== "frobenius");
      expect(names).toContain("2->2");
      for (const name of names) {
        const [domain, codomain] = name.split("->").map((p) => (p === "inf" ? Infinity : Number(p)));
        const { bound } = certifyOperator(
          { kind: "conv2d", weight, inputShape, stride },
          { domain: domain!, codomain: codomain! },
        );
        demandClose([bound], expected.operator_norms[name]!, tolerance, name);
      }
    },
  );
});

/** A dense layer or a convolution of any kind, small enough for an SVD, with weights of any distribution and scale. */
const operators = fc
  .record({
    kind: fc.constantFrom("dense", "conv2d", "depthwiseConv2d"),
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    inputs: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 4 }),
    kernelHeight: fc.integer({ min: 1, max: 5 }),
    kernelWidth: fc.integer({ min: 1, max: 5 }),
    stride: fc.constantFrom(1 as const, 2 as const),
    scale: fc.constantFrom(1, 1, 1e-30, 1e30, 0.01),
    weights: fc.constantFrom("normal", "positive", "sparse", "few bits"),
  })
  .map((architecture) => ({ architecture, operator: build(architecture) }));

interface Architecture {
  readonly kind: string;
  readonly seed: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: 1 | 2;
  readonly scale: number;
  readonly weights: string;
}

function build(a: Architecture): LinearOperator {
  const { height, width, inputs, outputs, kernelHeight, kernelWidth, stride } = a;
  const shape =
    a.kind === "dense"
      ? [inputs * height, outputs * width]
      : a.kind === "conv2d"
        ? [kernelHeight, kernelWidth, inputs, outputs]
        : [kernelHeight, kernelWidth, inputs];
  const values = createRandom(a.seed).normalArray(shape.reduce((x, y) => x * y, 1));
  const shaped = values.map((value) =>
    a.weights === "positive"
      ? Math.abs(value)
      : a.weights === "sparse"
        ? value > 1
          ? value
          : 0
        : a.weights === "few bits"
          ? Math.round(value)
          : value,
  );
  const weight = tensor(
    shaped.map((value) => value * a.scale),
    shape,
  );
  const inputShape = [height, width, inputs];
  if (a.kind === "dense") return dense(weight);
  return a.kind === "conv2d"
    ? conv2d(weight, { inputShape, stride })
    : depthwiseConv2d(weight, { inputShape, stride });
}

const weightOf = (operator: LinearOperator): Tensor => {
  const structure = operator.structure!;
  return structure.kind === "dense" ? structure.weight : structure.kernel;
};

describe("certifyOperator from l_2 to l_2", () => {
  it("is never below the largest singular value, and at most 1e-5 above it, on 300 random architectures", async () => {
    const kinds = new Set<string>();
    let even = 0;
    await fc.assert(
      fc.asyncProperty(operators, async ({ architecture, operator }) => {
        const { bound, method } = await certify(operator);
        const matrix = await unroll(operator);
        const norm = singularValues(matrix)[0]!;
        expect(bound).toBeGreaterThanOrEqual(norm * (1 - svdError));
        expect(bound).toBeLessThanOrEqual(norm * (1 + 1e-5));
        expect(method).toBe("cholesky");
        kinds.add(architecture.kind);
        if (architecture.kind !== "dense" && architecture.kernelHeight % 2 === 0) even++;
        dispose(weightOf(operator));
      }),
      { numRuns: 300, seed: 3 },
    );
    expect([...kinds].sort()).toEqual(["conv2d", "dense", "depthwiseConv2d"]);
    expect(even).toBeGreaterThan(50);
  });

  it("is a bound in exact rational arithmetic: bound^2 I - A'A is positive semidefinite", async () => {
    let tight = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const [stride, kernelSize] = [seed % 3 === 0 ? 2 : 1, 1 + (seed % 4)] as const;
      const size = kernelSize ** 2 * 2;
      const weights = createRandom(seed)
        .normalArray(size)
        .map((value) => Math.round(value * 1000));
      const kernel = tensor(weights, [kernelSize, kernelSize, 1, 2]);
      const operator = conv2d(kernel, { inputShape: [3, 2 + (seed % 5 > 2 ? 1 : 0), 1], stride });
      const { rows, columns, data } = await unroll(operator);
      const holds = (bound: number) => {
        const [numerator, denominator] = rational(bound);
        return isNonnegativeDefinite(
          Array.from({ length: rows }, (_, i) =>
            Array.from({ length: rows }, (_, j) => {
              let sum = 0n;
              for (let k = 0; k < columns; k++)
                sum += BigInt(data[i * columns + k]!) * BigInt(data[j * columns + k]!);
              return (i === j ? numerator ** 2n : 0n) - sum * denominator ** 2n;
            }),
          ),
        );
      };
      const { bound } = await certify(operator);
      expect(holds(bound)).toBe(true);
      if (!holds(bound * (1 - 1e-6))) tight++;
      dispose(kernel);
    }
    expect(tight).toBe(30);
  });

  it("is never below norms known exactly", async () => {
    // Hadamard matrices satisfy H H' = n I, so all their singular values are the same, 2^k.
    let hadamard = [[1]];
    for (let k = 1; k <= 3; k++) {
      for (let twice = 0; twice < 2; twice++)
        hadamard = [
          ...hadamard.map((row) => [...row, ...row]),
          ...hadamard.map((row) => [...row, ...row.map((x) => -x)]),
        ];
      const { bound } = await certify(dense(tensor(hadamard)));
      expect(bound).toBeGreaterThanOrEqual(2 ** k);
      expect(bound).toBeLessThanOrEqual(2 ** k * (1 + 1e-6));
    }
    // A shift is a partial isometry. A kernel that reaches beyond the image reads padding only.
    const shift = new Array<number>(9).fill(0).with(1, -0.75);
    const moved = await certify(conv2d(tensor(shift, [3, 3, 1, 1]), { inputShape: [3, 5, 1] }));
    expect(moved.bound).toBeGreaterThanOrEqual(0.75);
    expect(moved.bound).toBeLessThanOrEqual(0.75 * (1 + 1e-6));
    // An even kernel reaches the pixel after, not the one before. Its matrix has 1 on the diagonal and beside it, and the norm
    // 2 cos(pi / (2 n + 1)).
    for (const n of [1, 2, 5, 30])
      for (const [kernel, inputShape] of [
        [
          [1, 2, 1, 1],
          [1, n, 1],
        ],
        [
          [2, 1, 1, 1],
          [n, 1, 1],
        ],
      ] as const) {
        const { bound } = await certify(conv2d(ones([...kernel]), { inputShape }));
        const norm = 2 * Math.cos(Math.PI / (2 * n + 1));
        expect(bound).toBeGreaterThanOrEqual(norm * (1 - 1e-15));
        expect(bound).toBeLessThanOrEqual(norm * (1 + 1e-5));
      }
    // At stride 2 every pixel is met once, and an odd last one alone.
    const strided = await certify(conv2d(ones([2, 2, 1, 1]), { inputShape: [5, 4, 1], stride: 2 }));
    expect(strided.bound).toBeGreaterThanOrEqual(2);
    expect(strided.bound).toBeLessThanOrEqual(2 * (1 + 1e-5));
    const beyond = await certify(conv2d(tensor(shift, [3, 3, 1, 1]), { inputShape: [1, 5, 1] }));
    expect(beyond).toMatchObject({ bound: 0, domain: 2, codomain: 2 });
  });

  it("scales exactly with the weights, from the smallest to the largest float32", async () => {
    const weights = Array.from(createRandom(9).normalArray(12));
    const unit = tensor(weights, [3, 4]);
    const { bound } = await certify(dense(unit));
    for (const exponent of [-100, -60, 60, 100]) {
      const scaled = await certify(dense(mul(unit, 2 ** exponent)));
      expect(scaled.bound).toBe(bound * 2 ** exponent);
    }
    // The smallest denormal number of float32 (set as bits, because arithmetic may flush it to zero), and the largest number.
    for (const value of [2 ** -149, (2 - 2 ** -23) * 2 ** 127]) {
      const { bound: extreme } = await certify(
        dense(tensor(Float32Array.of(value, -value, value, value), [2, 2])),
      );
      expect(extreme).toBeGreaterThanOrEqual(value * Math.SQRT2);
      expect(extreme).toBeLessThanOrEqual(value * Math.SQRT2 * (1 + 1e-6));
    }
    const mixed = await certify(dense(tensor([1e-30, 0, 0, 1e30], [2, 2])));
    expect(mixed.bound / Math.fround(1e30)).toBeCloseTo(1, 6);
  });
});

describe("certifyOperator between other norms", () => {
  it("equals the norm of the unrolled matrix wherever that has a closed form", async () => {
    await fc.assert(
      fc.asyncProperty(operators, fc.constantFrom(...exponents, 600, 1e9), async ({ operator }, p) => {
        const columns = await unroll(operator);
        for (const [domain, codomain, norm] of [
          [1, p, largestRow(columns, p)],
          [p, Infinity, largestRow(transpose64(columns), dualExponent(p))],
        ] as const) {
          const { bound, method } = await certify(operator, { domain, codomain });
          expect(bound).toBeGreaterThanOrEqual(norm * (1 - 1e-14));
          // The l_600 and l_512 norms differ by at most a factor of n^(1/512 - 1/600).
          expect(bound).toBeLessThanOrEqual(norm * (p === 600 ? 1.002 : 1 + 1e-7));
          expect(method).toBe("closed form");
        }
        dispose(weightOf(operator));
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  it("is never below what power iterations find, for any p and q", async () => {
    const norm = fc.oneof(fc.constantFrom(...exponents), fc.double({ min: 1, max: 40, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(operators, norm, norm, async ({ operator }, domain, codomain) => {
        const certificate = await certify(operator, { domain, codomain });
        expect(certificate).toMatchObject({ domain, codomain });
        const found = foundNorm(await unroll(operator), domain, codomain);
        expect(certificate.bound).toBeGreaterThanOrEqual(found * (1 - svdError));
        dispose(weightOf(operator));
      }),
      { numRuns: 80, seed: 5 },
    );
  });

  it("equals the norm of diagonal operators, for all p and q", async () => {
    const kernel = tensor([3, -2, 1], [1, 1, 3]);
    const operator = depthwiseConv2d(kernel, { inputShape: [1, 1, 3] });
    for (const domain of exponents)
      for (const codomain of exponents) {
        const { bound } = await certify(operator, { domain, codomain });
        // The largest entry, or the l_r norm of all of them.
        const r = domain <= codomain ? Infinity : 1 / (1 / codomain - 1 / domain);
        const exact = lengthOf([3, -2, 1], r);
        expect(bound / exact).toBeCloseTo(1, 6);
      }
  });

  it("exceeds the norm by less than half on random square matrices, for p = q", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const operator = dense(createRandom(seed).normal([6, 6]));
      const matrix = await unroll(operator);
      for (const p of [1.2, 1.5, 3, 6]) {
        const { bound, method } = await certify(operator, { domain: p, codomain: p });
        expect(method).toBe("interpolation");
        expect(bound / foundNorm(matrix, p, p)).toBeLessThan(1.5);
      }
      dispose(weightOf(operator));
    }
  });
});

describe("certifyOperator", () => {
  it.each([[[2048, 2048, 1]], [[1_000_000, 1, 1]], [[1, 1_000_000, 1]]])(
    "takes seconds for images as large as %j, however few their channels",
    async (inputShape) => {
      const box = tensor(new Float32Array(9).fill(1), [3, 3, 1, 1]);
      const { bound, method } = await certify(conv2d(box, { inputShape }));
      const along = (n: number) => 1 + 2 * Math.cos(Math.PI / (n + 1));
      const norm = along(inputShape[0]!) * along(inputShape[1]!);
      expect(method).toBe("dft");
      expect(bound).toBeGreaterThanOrEqual(norm);
      // Only some of the frequencies are looked at. The square image measures 5e-5 above its norm.
      expect(bound).toBeLessThan(norm * (1 + 1e-4));
      dispose(box);
    },
  );

  it("agrees with the Gram iteration of ops, which is a different proof", async () => {
    for (const [inputs, outputs] of [
      [1, 7],
      [20, 20],
      [33, 12],
    ] as const) {
      const operator = dense(createRandom(inputs).normal([inputs, outputs]));
      const weight = matrix64(inputs, outputs, await weightOf(operator).data());
      // Each bound is at most 1e-5 above the norm.
      const ratio = (await certify(operator)).bound / spectralNormBound(weight);
      expect(Math.abs(ratio - 1)).toBeLessThan(1e-5);
      dispose(weightOf(operator));
    }
  });

  it("takes float32 and float64 weights, and does not change them", () => {
    const values = Float64Array.of(3, 0, 0, 0.1);
    const shape = [2, 2];
    const { bound } = certifyOperator({ kind: "dense", weight: { values, shape } });
    expect(bound / 3).toBeCloseTo(1, 6);
    expect([...values]).toEqual([3, 0, 0, 0.1]);
    const float32 = certifyOperator({ kind: "dense", weight: { values: Float32Array.from(values), shape } });
    expect(float32.bound / 3).toBeCloseTo(1, 6);
  });

  it("names what it cannot bound", () => {
    const dense = (values: number[], shape: number[]): OperatorWeights => ({
      kind: "dense",
      weight: { values: Float64Array.from(values), shape },
    });
    const conv = (altered: object) =>
      ({
        kind: "conv2d",
        weight: { values: Float64Array.of(1), shape: [1, 1, 1, 1] },
        inputShape: [2, 2, 1],
        stride: 1,
        ...altered,
      }) as OperatorWeights;
    for (const broken of [NaN, Infinity]) {
      let error: unknown;
      try {
        certifyOperator(dense([1, broken], [1, 2]));
      } catch (e) {
        error = e;
      }
      expect(NonFiniteError.is(error)).toBe(true);
      expect((error as Error).message).toBe(`certifyOperator: expected finite weights, received ${broken}`);
    }
    for (const [operator, message] of [
      [dense([1, 2], [2]), "certifyOperator: weight of dense: expected 2 axes, received [2]"],
      [dense([1, 2], [2, 2]), "certifyOperator: weight of shape [2,2]: expected 4 numbers, received 2"],
      [dense([1e-300], [1, 1]), "certifyOperator: largest weight: expected 0 or a magnitude"],
      [dense([1e300], [1, 1]), "certifyOperator: largest weight: expected 0 or a magnitude"],
      [conv({ kind: "depthwiseConv2d" }), "certifyOperator: weight of depthwiseConv2d: expected 3 axes"],
      [conv({ inputShape: [2, 2, 2] }), "certifyOperator: inputShape: expected [H, W, 1]"],
      [conv({ inputShape: [2, 0, 1] }), "certifyOperator: inputShape: expected a shape of positive integers"],
      [conv({ stride: 3 }), "certifyOperator: stride: expected 1 or 2, received 3"],
    ] as const)
      expect(() => certifyOperator(operator)).toThrow(message);
    expect(certifyOperator(dense([0], [1, 1])).bound).toBe(0);
    for (const norm of [0.99, NaN])
      expect(() => certifyOperator(dense([1], [1, 1]), { domain: norm, codomain: 2 })).toThrow(
        `certifyOperator: norm: expected a number in [1, Infinity], received ${norm}`,
      );
  });
});
