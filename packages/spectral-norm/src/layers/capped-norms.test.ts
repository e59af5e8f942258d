import { NonFiniteError, NotCertifiedError, NotConvergedError, UnsupportedError } from "@invertible/errors";
import {
  conv2d,
  createRandom,
  dense,
  depthwiseConv2d,
  dispose,
  matMul,
  memory,
  mul,
  singularValues,
  sum,
  tensor,
  tidy,
  valueAndGradients,
} from "@invertible/ops";
import type { LinearOperator, Matrix64, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import { cappedConv2d, cappedDense, cappedDepthwiseConv2d, cappedOperator } from "../index.ts";
import type { CappedOperator } from "../index.ts";
import { linearNorm } from "../estimates/linear-norm.ts";
import { normGradientOf } from "../../test-support/norm-gradient.ts";
import { unroll } from "../../test-support/unrolled.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(41);
const read = async (x: Tensor) => (await x.data().finally(() => dispose(x)))[0]!;
const setWeight = ({ parameters: { weight } }: CappedOperator, values: ArrayLike<number>) =>
  tidy(() => weight.assign(tensor(Float32Array.from(values), weight.shape)));

interface GoldenConvolution {
  readonly case: string;
  readonly inputs: { kernel: number[][][][]; inputShape: number[]; stride: 1 | 2 };
  readonly expected: { operator_norms: Record<string, number> };
  readonly tolerance: Tolerance;
}
interface GoldenMatrix {
  readonly case: string;
  readonly inputs: { A: number[][] };
  readonly expected: { norms: Record<string, number> };
  readonly tolerance: Tolerance;
}
const convolutions = readGolden<GoldenConvolution>("conv_operator_norm");
const matrices = readGolden<GoldenMatrix>("induced_norms");

/** Names a case by "1->2" and the like. Cases with the Frobenius norm are left out, since it is no operator norm. */
const normsOf = (norms: Record<string, number>) =>
  Object.entries(norms)
    .filter(([name]) => name.includes("->"))
    .map(([name, value]) => {
      const [domain, codomain] = name.split("->").map((p) => (p === "inf" ? Infinity : Number(p)));
      return { domain: domain!, codomain: codomain!, name, value };
    });

/** sigma after a refresh from another weight, of both kinds, and the certificate. */
async function demandNorm(
  capped: CappedOperator,
  weight: number[],
  { name, value }: { name: string; value: number },
  tolerance: Tolerance,
): Promise<void> {
  setWeight(capped, weight);
  await capped.refresh({ tolerance: 1e-7 });
  demandClose([await read(capped.norm())], value, tolerance, `${name}, to a tolerance`);
  await capped.refresh({ iterations: 3 });
  demandClose([await read(capped.norm())], value, tolerance, `${name}, after more iterations`);
  const { bound } = await capped.certify();
  expect(bound).toBeGreaterThanOrEqual(value * (1 - tolerance.rel));
}

describe("norms against the golden files", () => {
  it.each(convolutions.map((golden) => [golden.case, golden] as const))(
    "%s",
    async (_, { inputs, expected, tolerance }) => {
      const { kernel, inputShape, stride } = inputs;
      const [kernelSize, outputs] = [kernel.length, kernel[0]![0]![0]!.length];
      const norms = normsOf(expected.operator_norms);
      expect(norms.length).toBeGreaterThan(5);
      for (const { domain, codomain, name, value } of norms) {
        const capped = cappedConv2d({
          ...{ inputShape, outputs, kernelSize, stride, random, domain, codomain },
          coefficient: 100,
        });
        await demandNorm(capped, kernel.flat(3), { name, value }, tolerance);
      }
    },
  );

  it.each(matrices.map((golden) => [golden.case, golden] as const))(
    "%s",
    async (_, { inputs: { A }, expected, tolerance }) => {
      const norms = normsOf(expected.norms);
      expect(norms.length).toBeGreaterThan(5);
      for (const { domain, codomain, name, value } of norms) {
        const capped = cappedDense({
          ...{ inputs: A[0]!.length, outputs: A.length, random, domain, codomain },
          coefficient: 100,
        });
        const columns = A[0]!.flatMap((_, i) => A.map((row) => row[i]!));
        await demandNorm(capped, columns, { name, value }, tolerance);
      }
    },
  );
});

const orders = [1, 1.3, 2, 3, 7, Infinity];
const pairs = orders.flatMap((domain) => orders.map((codomain) => [domain, codomain] as const));

const length = (x: readonly number[], p: number) =>
  p === Infinity
    ? Math.max(...x.map(Math.abs))
    : x.reduce((total, entry) => total + Math.abs(entry) ** p, 0) ** (1 / p);
const dual = (p: number) => (p === 1 ? Infinity : p === Infinity ? 1 : p / (p - 1));

/**
 * The maximum of |A x|_q / |x|_p over the directions x of a plane, in float64. It is a global maximum, found without a power
 * method.
 */
function normFromPlane(
  columns: readonly [readonly number[], readonly number[]],
  p: number,
  q: number,
): number {
  const at = (angle: number) => {
    const x = [Math.cos(angle), Math.sin(angle)];
    return (
      length(
        columns[0].map((a, i) => a * x[0]! + columns[1][i]! * x[1]!),
        q,
      ) / length(x, p)
    );
  };
  const steps = 4000;
  // The ends of each quarter are where a norm has its kinks.
  return Array.from({ length: steps + 1 }, (_, i) => at((Math.PI * i) / steps)).reduce((a, b) =>
    Math.max(a, b),
  );
}

describe.each(pairs)("norm from l_%f to l_%f", (domain, codomain) => {
  it.each([1, 3])("agrees with a search of all directions, 2 -> 3 and 3 -> 2, seed %i", async (seed) => {
    const entries = Array.from(createRandom(seed).normalArray(6), (x) => Math.fround(x));
    const columns = [entries.slice(0, 3), entries.slice(3)] as const;
    const wide = cappedDense({ inputs: 2, outputs: 3, coefficient: 9, random, domain, codomain });
    const norm = normFromPlane(columns, domain, codomain);
    // 2e-6 covers the squared step of the grid, and float32.
    await demandNorm(wide, entries, { name: "wide", value: norm }, { abs: 0, rel: 5e-6 });

    const tall = cappedDense({ inputs: 3, outputs: 2, coefficient: 9, random, domain, codomain });
    const transposed = [0, 1, 2].flatMap((i) => [columns[0][i]!, columns[1][i]!]);
    const other = normFromPlane(columns, dual(codomain), dual(domain));
    await demandNorm(tall, transposed, { name: "tall", value: other }, { abs: 0, rel: 5e-6 });
  });

  it("caps, certifies and enforces, in every family", async () => {
    const norms = { domain, codomain };
    const before = memory().numTensors;
    for (const capped of [
      cappedDense({ inputs: 6, outputs: 5, coefficient: 0.6, random, ...norms }),
      cappedConv2d({ inputShape: [4, 5, 2], outputs: 3, kernelSize: 3, coefficient: 0.6, random, ...norms }),
      cappedConv2d({
        ...{ inputShape: [5, 4, 3], outputs: 2, kernelSize: 3, stride: 2, random, ...norms },
        coefficient: 0.6,
      }),
      cappedConv2d({ inputShape: [3, 3, 3], outputs: 4, kernelSize: 1, coefficient: 0.6, random, ...norms }),
      cappedConv2d({ inputShape: [4, 3, 2], outputs: 2, kernelSize: 2, coefficient: 0.6, random, ...norms }),
      cappedDepthwiseConv2d({ inputShape: [4, 4, 3], kernelSize: 3, coefficient: 0.6, random, ...norms }),
    ]) {
      const { weight } = capped.parameters;
      setWeight(capped, createRandom(5).normalArray(weight.size));
      await capped.refresh({ tolerance: 1e-6 });
      expect(capped).toMatchObject(norms);
      const sigma = await read(capped.norm());
      const raw = Float64Array.from(await weight.data());
      const { bound } = await capped.certify();
      // The operator is that of W c/sigma, and sigma is a lower estimate.
      expect(bound).toBeGreaterThanOrEqual(0.6 * (1 - 1e-6));
      if (domain === 1 || codomain === Infinity || (domain === 2 && codomain === 2))
        expect(bound).toBeLessThanOrEqual(0.6 * (1 + 2e-5));
      await capped.enforce();
      const enforced = await capped.certify();
      expect(enforced.bound).toBeLessThanOrEqual(0.6);
      const scaled = await weight.data();
      const applied = boundWeight(capped);
      expect(await applied.data()).toEqual(scaled);
      // The whole weight has been multiplied by one factor.
      const factor = 0.6 / sigma;
      scaled.forEach((w, i) =>
        expect(Math.abs(w)).toBeLessThanOrEqual(Math.abs(raw[i]! * factor) * (1 + 1e-6)),
      );
      dispose(tidy(() => capped.bind().apply(random.normal([2, ...capped.inputShape]))));
      dispose([applied, ...Object.values(capped.parameters), ...Object.values(capped.state)]);
    }
    expect(memory().numTensors).toBe(before);
  });
});

/** Norms of columns or rows in float64, from the unrolled matrix, whose rows are the columns of the operator. */
function closedForm({ rows, columns, data }: Matrix64, domain: number, codomain: number): number {
  const columnNorms = Array.from({ length: rows }, (_, j) =>
    length(Array.from(data.subarray(j * columns, (j + 1) * columns)), codomain),
  );
  const rowNorms = Array.from({ length: columns }, (_, i) =>
    length(
      Array.from({ length: rows }, (_, j) => data[j * columns + i]!),
      dual(domain),
    ),
  );
  return Math.max(...(domain === 1 ? columnNorms : rowNorms));
}

const closedForms = [
  [1, 1],
  [1, 1.5],
  [1, 2],
  [1, Infinity],
  [2, Infinity],
  [4, Infinity],
  [Infinity, Infinity],
] as const;

describe.each(closedForms)("the closed form from l_%f to l_%f", (domain, codomain) => {
  const norms = { domain, codomain };
  const families: [string, () => CappedOperator, (weight: Tensor) => LinearOperator][] = [
    [
      "dense",
      () => cappedDense({ inputs: 5, outputs: 7, coefficient: 1, random, ...norms }),
      (weight) => dense(weight),
    ],
    ...(
      [
        [[4, 5, 2], 3, 3, 1],
        [[5, 4, 2], 3, 3, 2],
        [[1, 1, 2], 2, 3, 1],
        [[2, 1, 1], 2, 5, 2],
        [[3, 3, 3], 2, 1, 1],
        [[4, 3, 2], 3, 2, 1],
        [[5, 4, 1], 2, 4, 2],
      ] as const
    ).map(
      ([inputShape, outputs, kernelSize, stride]) =>
        [
          `${kernelSize}x${kernelSize} convolution on [${inputShape}], stride ${stride}`,
          () => cappedConv2d({ inputShape, outputs, kernelSize, stride, coefficient: 1, random, ...norms }),
          (kernel: Tensor) => conv2d(kernel, { inputShape, stride }),
        ] as [string, () => CappedOperator, (kernel: Tensor) => LinearOperator],
    ),
    [
      "depthwise",
      () => cappedDepthwiseConv2d({ inputShape: [4, 3, 3], kernelSize: 3, coefficient: 1, random, ...norms }),
      (kernel) => depthwiseConv2d(kernel, { inputShape: [4, 3, 3] }),
    ],
    [
      "depthwise of an even size",
      () => cappedDepthwiseConv2d({ inputShape: [4, 3, 3], kernelSize: 2, coefficient: 1, random, ...norms }),
      (kernel) => depthwiseConv2d(kernel, { inputShape: [4, 3, 3] }),
    ],
  ];

  it.each(families)("is exact at construction and at every refresh: %s", async (_, build, operator) => {
    const capped = build();
    const { weight } = capped.parameters;
    expect(Object.keys(capped.state)).toEqual(
      // A matrix, or a 1x1 kernel.
      weight.shape.slice(0, -2).every((size) => size === 1)
        ? ["inputSingularVector", "outputSingularVector"]
        : ["normGradient"],
    );
    const check = async () => {
      const normGradient = normGradientOf(capped);
      const norm = closedForm(await unroll(operator(weight)), domain, codomain);
      expect(Math.abs((await read(capped.norm())) - norm)).toBeLessThanOrEqual(2e-6 * norm);
      // The norm is convex in W. The linear function touches it here, and lies below it everywhere.
      for (let i = 0; i < 5; i++) {
        const other = createRandom(60 + i).normal(weight.shape);
        const above = closedForm(await unroll(operator(other)), domain, codomain);
        expect(await read(linearNorm(other, normGradient))).toBeLessThanOrEqual(above * (1 + 1e-6));
      }
      dispose(normGradient);
    };
    await check();
    for (const entries of [
      createRandom(51).normalArray(weight.size),
      // Columns and rows are equal, except for those at the borders.
      new Float32Array(weight.size).fill(-0.3),
      // The largest entries are at the border of a kernel, which small images never meet.
      Float32Array.from({ length: weight.size }, (_, i) => (i === 0 || i === weight.size - 1 ? 5 : 0.1)),
      createRandom(52)
        .normalArray(weight.size)
        .map((x) => x * 1e-12),
      createRandom(53)
        .normalArray(weight.size)
        .map((x) => x * 1e12),
    ]) {
      setWeight(capped, entries);
      await capped.refresh({ iterations: 1 });
      await check();
    }
  });

  it("names weights that are not finite, and leaks nothing", async () => {
    const capped = cappedDense({ inputs: 3, outputs: 3, coefficient: 1, random, ...norms });
    setWeight(capped, [1, NaN, 0, 0, 1, 0, 0, 0, 1]);
    const before = memory().numTensors;
    const error = await capped.refresh({ tolerance: 1e-3 }).catch((e: unknown) => e);
    expect(NonFiniteError.is(error)).toBe(true);
    expect(memory().numTensors).toBe(before);
  });
});

describe("a family of unknown structure", () => {
  const family = (domain: number, codomain: number) => {
    const own = {
      inputShape: [4],
      outputShape: [3],
      operator: (weight: Tensor) => {
        const { structure: _, ...operator } = dense(weight);
        return operator;
      },
      normGradient: (u: Tensor, v: Tensor) => matMul(v, u, true, false),
    };
    return cappedOperator(
      {
        ...own,
        ...{ name: "own", coefficient: 0.5, domain, codomain, measured: own },
        weightShape: [4, 3],
        initialWeight: () => createRandom(81).normal([4, 3]),
      },
      random,
    );
  };

  it.each(closedForms)("is measured by power iteration, l_%f to l_%f", async (domain, codomain) => {
    const capped = family(domain, codomain);
    expect(Object.keys(capped.state)).toEqual(["normGradient", "singularVector"]);
    const norm = closedForm(await unroll(dense(capped.parameters.weight)), domain, codomain);
    demandClose([await read(capped.norm())], norm, { abs: 0, rel: 1e-5 });
  });

  it("that claims another structure cannot be enforced, and keeps its weight", async () => {
    const operator = (weight: Tensor): LinearOperator => ({
      ...dense(weight),
      structure: {
        kind: "dense",
        weight: tensor([
          [2, 0],
          [0, 1],
        ]),
      },
    });
    const own = {
      ...{ inputShape: [2], outputShape: [2], operator },
      normGradient: (u: Tensor, v: Tensor) => matMul(v, u, true, false),
    };
    const initialWeight = () =>
      tensor([
        [0.1, 0.2],
        [0.3, 0.4],
      ]);
    const capped = cappedOperator(
      { ...own, name: "own", coefficient: 0.5, measured: own, weightShape: [2, 2], initialWeight },
      random,
    );
    const start = await capped.parameters.weight.data();
    const error = await capped.enforce().catch((e: unknown) => e);
    expect(NotCertifiedError.is(error)).toBe(true);
    expect((error as Error).message).toContain(
      "own.enforce: expected a proven norm of at most 0.5, received 2.0",
    );
    expect(await capped.parameters.weight.data()).toEqual(start);
  });

  it("whose own sigma is too large is enforced by the last margin tried", async () => {
    const own = {
      ...{ inputShape: [2], outputShape: [2], operator: dense },
      normGradient: (u: Tensor, v: Tensor) => mul(matMul(v, u, true, false), 1.05),
    };
    const initialWeight = () =>
      tensor([
        [2, 0],
        [0, 1],
      ]);
    const capped = cappedOperator(
      { ...own, name: "own", coefficient: 0.5, measured: own, weightShape: [2, 2], initialWeight },
      random,
    );
    await capped.enforce();
    expect((await capped.certify()).bound).toBeLessThan(0.5 * 0.95);
    expect(await read(capped.norm())).toBeLessThanOrEqual(0.5);
  });

  it("cannot be certified or enforced", async () => {
    const capped = family(2, 2);
    for (const proof of [capped.certify(), capped.enforce()])
      expect(UnsupportedError.is(await proof.catch((e: unknown) => e))).toBe(true);
  });
});

describe("refresh between other norms", () => {
  it("says when it has not converged, and keeps what it has", async () => {
    const capped = cappedDense({ inputs: 9, outputs: 8, coefficient: 1, random, domain: 3, codomain: 1.5 });
    setWeight(capped, createRandom(82).normalArray(72));
    const before = memory().numTensors;
    const error = await capped.refresh({ tolerance: 1e-7, maxIterations: 3 }).catch((e: unknown) => e);
    expect(NotConvergedError.is(error)).toBe(true);
    expect(memory().numTensors).toBe(before);
    const early = await read(capped.norm());
    await capped.refresh({ tolerance: 1e-7 });
    const late = await read(capped.norm());
    expect(early).toBeGreaterThan(0.5 * late);
    expect(early).toBeLessThanOrEqual(late * (1 + 1e-6));
  });

  it("stops at an absolute tolerance where a relative one asks for more", async () => {
    const build = (domain: number) =>
      cappedDense({ inputs: 150, outputs: 140, coefficient: 1, random, domain });
    for (const capped of [build(2), build(3)]) {
      setWeight(capped, createRandom(83).normalArray(150 * 140));
      const settings = { tolerance: 1e-9, maxIterations: 25 };
      await expect(capped.refresh(settings)).rejects.toThrow("still rising");
      setWeight(capped, createRandom(84).normalArray(150 * 140));
      await capped.refresh({ ...settings, absoluteTolerance: 10 });
    }
  });
});

describe("gradients through the cap", () => {
  const cases: [string, () => CappedOperator, (matrix: Matrix64) => number][] = [
    [
      "dense, 1 -> 1",
      () => cappedDense({ inputs: 3, outputs: 4, coefficient: 0.5, random, domain: 1, codomain: 1 }),
      (matrix) => closedForm(matrix, 1, 1),
    ],
    [
      "dense, 2 -> infinity",
      () => cappedDense({ inputs: 3, outputs: 4, coefficient: 0.5, random, codomain: Infinity }),
      (matrix) => closedForm(matrix, 2, Infinity),
    ],
    [
      "dense, 3 -> 1.5",
      () => cappedDense({ inputs: 2, outputs: 3, coefficient: 0.5, random, domain: 3, codomain: 1.5 }),
      ({ data }) => normFromPlane([Array.from(data.subarray(0, 3)), Array.from(data.subarray(3))], 3, 1.5),
    ],
    ["dense, 2 -> 2", () => cappedDense({ inputs: 4, outputs: 3, coefficient: 0.5, random }), spectral],
    [
      "convolution of stride 2",
      () =>
        cappedConv2d({
          inputShape: [4, 3, 1],
          outputs: 2,
          kernelSize: 3,
          stride: 2,
          coefficient: 0.5,
          random,
        }),
      spectral,
    ],
    [
      "convolution of an even size",
      () => cappedConv2d({ inputShape: [4, 3, 1], outputs: 2, kernelSize: 2, coefficient: 0.5, random }),
      spectral,
    ],
    [
      "depthwise convolution",
      () => cappedDepthwiseConv2d({ inputShape: [3, 3, 2], kernelSize: 3, coefficient: 0.5, random }),
      spectral,
    ],
  ];

  // sigma is linear in W while u and v are held. At the maximum, their own change does not count.
  it.each(cases)(
    "equal those of W / max(1, |A(W)|/c) with the norm itself, in float64: %s",
    async (_, build, norm) => {
      const capped = build();
      const { weight } = capped.parameters;
      const units = await unitMatrices(capped);
      for (const scale of [2, 0.01]) {
        setWeight(
          capped,
          createRandom(71)
            .normalArray(weight.size)
            .map((x) => x * scale),
        );
        await capped.refresh({ tolerance: 1e-7 });
        const probe = createRandom(72).normal(weight.shape);
        const gradient = await valueAndGradients(
          () => sum(mul(boundWeight(capped), probe)),
          [weight],
        ).gradients[0]!.data();
        const values = Float64Array.from(await weight.data());
        const weights = Float64Array.from(await probe.data());
        const loss = (at: Float64Array) => {
          const cap = Math.max(1, norm(combination(units, at)) / 0.5);
          return at.reduce((total, x, i) => total + (x * weights[i]!) / cap, 0);
        };
        const step = 1e-4 * scale;
        values.forEach((_, i) => {
          const moved = (by: number) => loss(values.map((x, j) => x + (i === j ? by : 0)));
          const expected = (moved(step) - moved(-step)) / (2 * step);
          // What converging to 1e-7 in the norm leaves in its vectors, and the grid of the plane.
          expect(Math.abs(gradient[i]! - expected)).toBeLessThan(2e-3);
        });
      }
    },
  );
});

const spectral = (matrix: Matrix64) => singularValues(matrix)[0]!;

function boundWeight(capped: CappedOperator): Tensor {
  const { structure } = capped.bind();
  return structure!.kind === "dense" ? structure!.weight : structure!.kernel;
}

/** The unrolled operator is linear in the weight. This is what each of its entries contributes. */
async function unitMatrices(capped: CappedOperator): Promise<Matrix64[]> {
  const { weight } = capped.parameters;
  const { inputShape } = capped;
  const structure = capped.bind().structure!;
  return Promise.all(
    Array.from({ length: weight.size }, (_, i) => {
      const unit = tensor(
        Float32Array.from({ length: weight.size }, (_, j) => (i === j ? 1 : 0)),
        weight.shape,
      );
      if (structure.kind === "dense") return unroll(dense(unit));
      const options = { inputShape, stride: structure.stride };
      return unroll(structure.kind === "conv2d" ? conv2d(unit, options) : depthwiseConv2d(unit, options));
    }),
  );
}

function combination(units: readonly Matrix64[], at: Float64Array): Matrix64 {
  const data = new Float64Array(units[0]!.data.length);
  units.forEach((unit, i) => unit.data.forEach((x, j) => (data[j]! += at[i]! * x)));
  return { ...units[0]!, data };
}
