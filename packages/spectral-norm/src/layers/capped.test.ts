import { NotConvergedError } from "@invertible/errors";
import {
  conv2d,
  createRandom,
  dense,
  depthwiseConv2d,
  dispose,
  memory,
  mul,
  singularValues,
  tensor,
  tidy,
  valueAndGradients,
  sum,
} from "@invertible/ops";
import type { LinearOperator, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { cappedConv2d, cappedDense, cappedDepthwiseConv2d } from "../index.ts";
import type { CappedOperator } from "../index.ts";
import { largestSingularValue } from "../../test-support/unrolled.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(11);
/** The accuracy at construction and after a refresh to 1e-6. It covers float32 rounding and what Lanczos leaves. */
const converged = 2e-5;

const read = async (x: Tensor) => (await x.data())[0]!;
const setWeight = (capped: CappedOperator, factor: number) => {
  const scaled = mul(capped.parameters.weight, factor);
  capped.parameters.weight.assign(scaled);
  dispose(scaled);
};

const table: [name: string, build: (coefficient: number) => CappedOperator][] = [
  ["dense 2 -> 16", (coefficient) => cappedDense({ inputs: 2, outputs: 16, coefficient, random })],
  ["dense 16 -> 2", (coefficient) => cappedDense({ inputs: 16, outputs: 2, coefficient, random })],
  ["dense 40 -> 40", (coefficient) => cappedDense({ inputs: 40, outputs: 40, coefficient, random })],
  ["dense 1 -> 1", (coefficient) => cappedDense({ inputs: 1, outputs: 1, coefficient, random })],
  ...(
    [
      [[6, 6, 3], 4, 3, 1],
      [[9, 9, 2], 3, 3, 1],
      [[7, 5, 4], 2, 3, 1],
      [[5, 5, 3], 8, 1, 1],
      [[6, 6, 2], 2, 5, 1],
      [[1, 1, 3], 3, 3, 1],
      [[2, 2, 6], 1, 3, 1],
      [[6, 6, 3], 4, 3, 2],
      [[7, 5, 8], 2, 3, 2],
      [[5, 6, 2], 3, 5, 2],
      [[5, 5, 3], 8, 1, 2],
      [[1, 1, 3], 3, 3, 2],
      [[6, 5, 3], 4, 2, 1],
      [[7, 6, 2], 3, 4, 2],
      [[1, 2, 3], 3, 4, 1],
    ] as const
  ).map(
    ([inputShape, outputs, kernelSize, stride]) =>
      [
        `${kernelSize}x${kernelSize} convolution [${inputShape}] -> ${outputs}, stride ${stride}`,
        (coefficient: number) =>
          cappedConv2d({ inputShape, outputs, kernelSize, stride, coefficient, random }),
      ] as [string, (coefficient: number) => CappedOperator],
  ),
  ...(
    [
      [[6, 6, 3], 3, 1],
      [[7, 5, 8], 3, 2],
      [[4, 9, 1], 5, 1],
      [[9, 8, 2], 3, 1],
      [[6, 5, 3], 2, 1],
      [[7, 6, 2], 4, 2],
    ] as const
  ).map(
    ([inputShape, kernelSize, stride]) =>
      [
        `${kernelSize}x${kernelSize} depthwise convolution [${inputShape}], stride ${stride}`,
        (coefficient: number) =>
          cappedDepthwiseConv2d({ inputShape, kernelSize, stride, coefficient, random }),
      ] as [string, (coefficient: number) => CappedOperator],
  ),
];

/** The operator of the weight itself, without its cap. */
const uncapped = (capped: CappedOperator): LinearOperator => {
  const { structure } = capped.bind();
  const { weight } = capped.parameters;
  if (structure?.kind === "dense") return dense(weight);
  const options = { inputShape: capped.inputShape, stride: structure!.stride };
  return structure!.kind === "conv2d" ? conv2d(weight, options) : depthwiseConv2d(weight, options);
};

/** The norm of the operator without its cap, by float64 SVD of the unrolled matrix. */
const trueNorm = (capped: CappedOperator) => largestSingularValue(uncapped(capped));

describe.each(table)("%s", (_, build) => {
  it("has a sigma equal to the largest singular value, at construction and after training and refresh", async () => {
    const capped = build(0.9);
    const check = async () =>
      expect(Math.abs((await read(capped.norm())) / (await trueNorm(capped)) - 1)).toBeLessThan(converged);
    await check();
    const { weight } = capped.parameters;
    weight.assign(createRandom(12).normal(weight.shape));
    await capped.refresh({ tolerance: 1e-6 });
    await check();
  });

  it("scales weights above the cap down to it, and leaves weights below it bit for bit", async () => {
    const capped = build(0.9);
    const sigma = await trueNorm(capped);
    setWeight(capped, 3 / sigma);
    const large = await largestSingularValue(capped.bind());
    expect(Math.abs(large / 0.9 - 1)).toBeLessThan(converged);
    setWeight(capped, 0.2);
    const small = capped.bind();
    const x = random.normal([2, ...capped.inputShape]);
    expect(await small.apply(x).data()).toEqual(await uncapped(capped).apply(x).data());
  });

  it("never exceeds the cap by more than the estimate's error, over coefficients", async () => {
    for (const coefficient of [0.3, 0.9, 0.98]) {
      const capped = build(coefficient);
      setWeight(capped, 2.5);
      expect(await largestSingularValue(capped.bind())).toBeLessThanOrEqual(coefficient * (1 + converged));
    }
  });

  it("enforces a proven bound, after which the soft cap changes nothing, for weights above and below c", async () => {
    for (const [factor, coefficient] of [
      [1, 0.9],
      [7, 0.97],
      [0.01, 0.5],
    ] as const) {
      const capped = build(coefficient);
      const { weight } = capped.parameters;
      setWeight(capped, factor);
      const sigma = await trueNorm(capped);
      const start = await weight.data();
      await capped.enforce();
      const { bound, domain, codomain } = await capped.certify();
      expect({ domain, codomain }).toEqual({ domain: 2, codomain: 2 });
      expect(await trueNorm(capped)).toBeLessThanOrEqual(bound);
      expect(bound).toBeLessThanOrEqual(coefficient);
      // Weights are reduced by no more than the margin of 1e-4 and the excess of the certificate.
      if (sigma > coefficient) expect(bound).toBeGreaterThan(coefficient * (1 - 2e-4));
      else expect(await weight.data()).toEqual(start);
      const scaled = await weight.data();
      const { structure } = capped.bind();
      expect(await (structure!.kind === "dense" ? structure!.weight : structure!.kernel).data()).toEqual(
        scaled,
      );
      await capped.enforce();
      expect(await weight.data()).toEqual(scaled);
    }
  });

  it("leaks nothing", async () => {
    const before = memory().numTensors;
    const capped = build(0.7);
    const variables = [...Object.values(capped.parameters), ...Object.values(capped.state)];
    expect(memory().numTensors).toBe(before + variables.length);
    await capped.refresh({ iterations: 2 });
    await capped.refresh({ tolerance: 1e-4 });
    await capped.refresh({ tolerance: 1e-9, maxIterations: 2 }).catch(() => undefined);
    await capped.certify();
    await capped.enforce();
    const x = createRandom(1).normal([2, ...capped.inputShape]);
    dispose([tidy(() => capped.bind().apply(x)), x, capped.norm()]);
    expect(memory().numTensors).toBe(before + variables.length);
    dispose(variables);
  });
});

describe("capped operators", () => {
  it("start Kaiming-uniform: within 1/sqrt(fan in), with its variance 1/(3 fan in)", async () => {
    const shape = { inputShape: [4, 4, 10], outputs: 60, kernelSize: 3 };
    const { weight } = cappedConv2d({ ...shape, coefficient: 1, random }).parameters;
    const values = Float64Array.from(await weight.data());
    const variance = values.reduce((total, w) => total + w * w, 0) / values.length;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(90));
    // Five standard errors of the second moment of a uniform variable, which is sqrt(4/45) / sqrt(5400) of it, times 3.
    expect(Math.abs(variance * 270 - 1)).toBeLessThan(5 * 3 * Math.sqrt(4 / 45 / 5400));
  });

  it("cap a convolution by its operator norm, not by its reshaped kernel's, which is far smaller", async () => {
    const capped = cappedConv2d({
      inputShape: [8, 8, 1],
      outputs: 1,
      kernelSize: 3,
      coefficient: 0.9,
      random,
    });
    capped.parameters.weight.assign(tensor(new Float32Array(9).fill(0.3), [3, 3, 1, 1]));
    await capped.refresh({ tolerance: 1e-7 });
    const kernel = Float64Array.from(await capped.parameters.weight.data());
    const naive = singularValues({ rows: 9, columns: 1, data: kernel })[0]!;
    expect(naive).toBeCloseTo(0.9, 5);
    // The box filter's norm on 8 x 8 pixels: 0.3 (1 + 2 cos(pi/9))^2.
    expect(await read(capped.norm())).toBeCloseTo(0.3 * (1 + 2 * Math.cos(Math.PI / 9)) ** 2, 5);
    expect(Math.abs((await largestSingularValue(capped.bind())) / 0.9 - 1)).toBeLessThan(converged);
  });

  it("are differentiable in the weight, sigma included, against central differences", async () => {
    const capped = cappedDense({ inputs: 3, outputs: 4, coefficient: 0.5, random });
    const { weight } = capped.parameters;
    const [x, w] = [random.normal([5, 3]), random.fold(1).normal([5, 4])];
    for (const factor of [3, 0.1]) {
      weight.assign(mul(createRandom(13).normal([3, 4]), factor));
      await capped.refresh({ tolerance: 1e-6 });
      const loss = () => sum(mul(capped.bind().apply(x), w)) as Tensor;
      const gradient = await valueAndGradients(loss, [weight]).gradients[0]!.data();
      const start = weight.clone();
      const values = Float64Array.from(await start.data());
      const step = 1e-2 * factor;
      for (let i = 0; i < values.length; i++) {
        const at = async (by: number) => {
          weight.assign(
            tensor(
              Float32Array.from(values, (value, j) => value + (i === j ? by : 0)),
              [3, 4],
            ),
          );
          return read(loss());
        };
        const expected = ((await at(step)) - (await at(-step))) / (2 * step);
        expect(Math.abs(gradient[i]! - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
      }
      weight.assign(start);
    }
  });

  it("move sigma with the weight between refreshes, linearly and without power iteration", async () => {
    const capped = cappedDense({ inputs: 5, outputs: 5, coefficient: 0.9, random });
    const before = await read(capped.norm());
    setWeight(capped, 1.5);
    expect((await read(capped.norm())) / before).toBeCloseTo(1.5, 5);
  });

  it("follow a drifting weight with few iterations per step, from the saved vector", async () => {
    const capped = cappedConv2d({
      inputShape: [8, 8, 3],
      outputs: 6,
      kernelSize: 3,
      coefficient: 0.9,
      random,
    });
    const { weight } = capped.parameters;
    for (let step = 0; step < 20; step++) {
      const drift = tidy(() => weight.add(mul(random.fold(step).normal(weight.shape), 0.003)) as Tensor);
      weight.assign(drift);
      await capped.refresh({ iterations: 2 });
    }
    expect(Math.abs((await read(capped.norm())) / (await trueNorm(capped)) - 1)).toBeLessThan(5e-3);
  });

  it("can grow again from a zero weight", async () => {
    const capped = cappedDense({ inputs: 3, outputs: 3, coefficient: 0.9, random });
    const { weight } = capped.parameters;
    setWeight(capped, 0);
    await capped.refresh({ iterations: 3 });
    await capped.refresh({ tolerance: 1e-3 });
    expect(await read(capped.norm())).toBe(0);
    expect(
      Array.from(
        await capped
          .bind()
          .apply(random.normal([1, 3]))
          .data(),
      ),
    ).toEqual([0, 0, 0]);
    weight.assign(
      tensor([
        [2, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
    );
    await capped.refresh({ tolerance: 1e-6 });
    expect(await read(capped.norm())).toBeCloseTo(2, 4);
  });

  it("throw at the cap and keep the best vector", async () => {
    const capped = cappedConv2d({
      inputShape: [12, 12, 1],
      outputs: 3,
      kernelSize: 3,
      coefficient: 0.9,
      random,
    });
    capped.parameters.weight.assign(createRandom(14).normal([3, 3, 1, 3]));
    const error = await capped.refresh({ tolerance: 1e-7, maxIterations: 5 }).catch((e: unknown) => e);
    expect(NotConvergedError.is(error)).toBe(true);
    expect((error as Error).message).toContain(
      "cappedConv2d.refresh: expected the norm within a relative 1e-7",
    );
    const early = await read(capped.norm());
    const norm = await trueNorm(capped);
    expect(early).toBeLessThanOrEqual(norm * (1 + 1e-6));
    expect(early).toBeGreaterThan(0.5 * norm);
  });

  it("keep state at the smaller end of the operator", () => {
    const wide = cappedConv2d({
      inputShape: [6, 6, 32],
      outputs: 1,
      kernelSize: 3,
      coefficient: 0.9,
      random,
    });
    expect(wide.state.singularVector!.shape).toEqual([1, 6, 6, 1]);
    expect(wide.state["normGradient"]!.size).toBe(9 * 32);
  });

  it.each([
    [
      () => cappedDense({ inputs: 0, outputs: 2, coefficient: 1, random }),
      "cappedDense: inputs: expected a positive integer, received 0",
    ],
    [
      () => cappedDense({ inputs: 2, outputs: 2, coefficient: 0, random }),
      "cappedDense: coefficient: expected a positive number, received 0",
    ],
    [
      () => cappedConv2d({ inputShape: [4, 4], outputs: 2, kernelSize: 3, coefficient: 1, random }),
      "cappedConv2d: inputShape: expected [H, W, channels]",
    ],
    [
      () => cappedConv2d({ inputShape: [4, 4, 1], outputs: 2, kernelSize: 1.5, coefficient: 1, random }),
      "kernelSize: expected a positive integer, received 1.5",
    ],
  ])("refuse bad options %#, and leave nothing allocated", (build, message) => {
    const before = memory().numTensors;
    expect(build).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it.each([
    [{}, "either { iterations } or { tolerance, absoluteTolerance?, maxIterations? }"],
    [{ iterations: 1, tolerance: 1e-3 }, "either { iterations }"],
    [{ iterations: 0 }, "refresh: iterations: expected a positive integer"],
    [{ tolerance: 0 }, "refresh: tolerance: expected a number in (0, 1)"],
    [{ tolerance: 1e-3, maxIterations: -1 }, "refresh: maxIterations"],
  ])("refuse refresh(%o)", async (options, message) => {
    const capped = cappedDense({ inputs: 2, outputs: 2, coefficient: 1, random });
    await expect(capped.refresh(options as never)).rejects.toThrow(message);
  });
});
