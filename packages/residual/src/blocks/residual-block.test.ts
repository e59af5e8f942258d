import { chain, describeLayer, rebuild, refresh } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { exactLogDet, logDetFloat64, powerSeries, truncationBound } from "@invertible/log-det";
import type { LogDetEstimator } from "@invertible/log-det";
import { createRandom, dispose, mul, sum, tensor, tidy, tile, valueAndGradients } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import type { Random, Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bottleneckBranch, denseBranch, residualBlock, residualTypes } from "../index.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(41);
const training: Call = { random, training: true };
const evaluation: Call = { random, training: false };

async function stretched(branch: ContractiveBranch): Promise<ContractiveBranch> {
  for (const [name, variable] of Object.entries(branch.parameters))
    if (name.endsWith("weight")) variable.assign(mul(random.fold(name).normal(variable.shape), 2));
  await branch.refresh({ tolerance: 1e-6 });
  return branch;
}
const dense = (features: number, coefficient: number) =>
  stretched(
    denseBranch({
      features,
      hidden: [12, 12],
      activation: "softplus",
      coefficient,
      preactivation: true,
      random,
    }),
  );
const conv = (coefficient: number) =>
  stretched(
    bottleneckBranch({
      inputShape: [2, 2, 2],
      hidden: 6,
      activation: "lipSwish",
      coefficient,
      preactivation: false,
      random,
    }),
  );

describe("the log-det of a residual block", () => {
  it("lies in [d ln(1-L), d ln(1+L)], is finite in float64, and its series stay within the truncation bound", async () => {
    for (const branch of [await dense(5, 0.95), await dense(2, 0.6), await conv(0.9)]) {
      const { lipschitz, inputShape: shape } = branch;
      const dimension = shape.reduce((a, b) => a * b, 1);
      const batch = 40;
      const x = mul(random.fold("x").normal([batch, ...shape]), 3) as Tensor;
      const block = residualBlock({ branch, logDet: exactLogDet() });
      const logDets = await block.forwardAndLogDet(x, evaluation).logDet.data();
      const { jvp } = branch.bind().linearise(x);
      const float64 = await logDetFloat64({ jvp, batch, shape });
      logDets.forEach((value, row) => {
        expect(Math.abs(value - float64[row]!)).toBeLessThan(2e-5);
        expect(value).toBeLessThanOrEqual(dimension * Math.log1p(lipschitz) + 1e-5);
        expect(value).toBeGreaterThanOrEqual(dimension * Math.log1p(-lipschitz) - 1e-5);
      });
      for (const terms of [1, 3, 8]) {
        const estimator = powerSeries({ terms, probes: dimension });
        const series = await estimator.estimate({ jvp, batch, shape, random: completeProbes(shape) }).data();
        const bound = truncationBound({ lipschitz, dimension, terms });
        series.forEach((value, row) =>
          expect(Math.abs(value - float64[row]!)).toBeLessThanOrEqual(bound + 2e-5),
        );
      }
    }
  });

  it("has the parameter gradients of the series also by neumann, over a complete set of probes, near the exact ones", async () => {
    for (const branch of [await dense(4, 0.9), await conv(0.8)]) {
      const { inputShape: shape, lipschitz } = branch;
      const dimension = shape.reduce((a, b) => a * b, 1);
      const x = random.fold("x").normal([6, ...shape]);
      const weights = random.fold("upstream").normal([6]);
      const of = (logDet: LogDetEstimator, context: Call) => gradientsOf(branch, logDet, x, weights, context);
      const probes = { ...training, random: completeProbes(shape) };
      for (const terms of [1, 2, 5]) {
        const neumann = await of(powerSeries({ terms, probes: dimension, gradient: "neumann" }), probes);
        const series = await of(powerSeries({ terms, probes: dimension, gradient: "series" }), probes);
        compare(neumann, series, 2e-5);
      }
      const many = Math.ceil(Math.log(1e-7) / Math.log(lipschitz));
      compare(
        await of(powerSeries({ terms: many, probes: dimension }), probes),
        await of(exactLogDet(), training),
        1e-4,
      );
    }
  });

  it("has the exact gradient as its mean in training with random probes (neumann and series, 2400 draws)", async () => {
    const branch = await dense(4, 0.8);
    const [groups, perGroup] = [48, 50];
    const point = random.fold("x").normal([1, 4]);
    const x = tile(point, [perGroup, 1]);
    const upstream = tensor(new Float32Array(perGroup).fill(1 / perGroup));
    const exactly = await gradientsOf(branch, exactLogDet(), point, tensor([1]), training);
    const want = await residualBlock({ branch, logDet: exactLogDet() })
      .forwardAndLogDet(point, training)
      .logDet.data();
    for (const gradient of ["neumann", "series"] as const) {
      // Twelve terms leave a truncation of 5e-6 nats, far below the intervals.
      const estimator = powerSeries({ terms: 12, gradient });
      const draws: Record<string, number[][]> = {};
      const values: number[] = [];
      for (let group = 0; group < groups; group++) {
        const context = { ...training, random: random.fold("group").fold(group) };
        const block = residualBlock({ branch, logDet: estimator });
        const mean = tidy(() => block.forwardAndLogDet(x, context).logDet.mean() as Tensor);
        values.push((await mean.data())[0]!);
        const gradients = await gradientsOf(branch, estimator, x, upstream, context);
        for (const [name, numbers] of Object.entries(gradients))
          (draws[name] ??= []).push(Array.from(numbers));
        dispose(mean);
      }
      let [compared, outside, surest] = [0, 0, 0];
      const check = (sample: number[], expected: number) => {
        const mean = sample.reduce((a, b) => a + b, 0) / groups;
        const variance = sample.reduce((total, value) => total + (value - mean) ** 2, 0) / (groups - 1);
        const error = Math.sqrt(variance / groups);
        const z = Math.abs(mean - expected) / (error + 1e-6);
        compared++;
        surest = Math.max(surest, Math.abs(expected) / (error + 1e-6));
        if (z > 3) outside++;
        // With 47 degrees of freedom, t is beyond 5 once in 10^5 comparisons.
        expect(z).toBeLessThan(5.5);
      };
      check(values, want[0]!);
      for (const [name, sample] of Object.entries(draws))
        sample[0]!.forEach((_, at) =>
          check(
            sample.map((row) => row[at]!),
            exactly[name]![at]!,
          ),
        );
      // 0.4 % are expected outside of 3 standard errors. The means are far from zero where it matters.
      expect(outside / compared).toBeLessThan(0.02);
      expect(surest).toBeGreaterThan(15);
    }
  });
});

describe("residualBlock", () => {
  it("uses one estimator in training, the other in evaluation, and claims the latter's kind", async () => {
    const branch = await dense(3, 0.9);
    const block = residualBlock({
      branch,
      logDet: powerSeries({ terms: 2 }),
      evaluationLogDet: exactLogDet(),
    });
    const x = random.normal([4, 3]);
    const alone = (logDet: LogDetEstimator) =>
      residualBlock({ branch, logDet }).forwardAndLogDet(x, evaluation).logDet.data();
    expect(block.traits).toEqual({
      logDet: "exact",
      logDetBias: 0,
      inverse: "iterative",
      likelihood: "exact",
    });
    expect(await block.forwardAndLogDet(x, training).logDet.data()).toEqual(
      await alone(powerSeries({ terms: 2 })),
    );
    expect(await block.forwardAndLogDet(x, evaluation).logDet.data()).toEqual(await alone(exactLogDet()));
    expect(residualBlock({ branch, logDet: powerSeries({ terms: 2 }) }).traits).toMatchObject({
      logDet: "biased",
      logDetBias: truncationBound({ lipschitz: branch.lipschitz, dimension: 3, terms: 2 }),
    });
  });

  it("reads nothing back in a training step and in refresh by iterations, but does in refresh by tolerance", async () => {
    const branch = await dense(3, 0.9);
    const block = residualBlock({ branch, logDet: powerSeries({ terms: 3 }) });
    const x = random.normal([4, 3]);
    const prototype = Object.getPrototypeOf(x) as Tensor;
    const reads = (["data", "dataSync", "array", "arraySync"] as const).map((name) =>
      vi.spyOn(prototype, name),
    );
    const count = () => reads.reduce((total, spy) => total + spy.mock.calls.length, 0);
    try {
      const { value, gradients } = valueAndGradients(
        () => sum(block.forwardAndLogDet(x, training).logDet) as Tensor,
        Object.values(branch.parameters),
      );
      dispose([value, ...gradients]);
      await refresh(block, { iterations: 2 });
      expect(count()).toBe(0);
      await refresh(block, { tolerance: 1e-3 });
      expect(count()).toBeGreaterThan(0);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("hands the absolute tolerance of refresh down to its operators, through a chain", async () => {
    const branch = denseBranch({
      features: 150,
      hidden: [140],
      activation: "elu",
      coefficient: 0.9,
      preactivation: false,
      random,
    });
    const flow = chain([residualBlock({ branch, logDet: powerSeries({ terms: 2 }) })]);
    const restart = (seed: number) => {
      for (const [name, variable] of Object.entries(branch.parameters))
        if (name.endsWith("weight")) variable.assign(createRandom(seed).normal(variable.shape));
    };
    const settings = { tolerance: 1e-9, maxIterations: 25 };
    restart(1);
    await expect(refresh(flow, settings)).rejects.toThrow("still rising");
    restart(2);
    await refresh(flow, { ...settings, absoluteTolerance: 10 });
    dispose([...Object.values(flow.parameters), ...Object.values(flow.state)]);
  });

  it("rebuilds from its JSON, up to parameters and state", async () => {
    for (const branch of [await dense(3, 0.9), await conv(0.9)]) {
      const block = residualBlock({
        branch,
        logDet: powerSeries({ terms: 3, gradient: "series" }),
        evaluationLogDet: exactLogDet({ maxDimension: 9 }),
        inverse: { tolerance: 1e-4, maxIterations: 300 },
      });
      const copy = rebuild(JSON.parse(JSON.stringify(describeLayer(block))), residualTypes, createRandom(77));
      expect(copy.config).toEqual(block.config);
      for (const of of ["parameters", "state"] as const)
        for (const [name, variable] of Object.entries(block[of])) copy[of][name]!.assign(variable);
      const x = random.normal([3, ...block.inputShape]);
      for (const context of [training, evaluation]) {
        const [one, other] = [block.forwardAndLogDet(x, context), copy.forwardAndLogDet(x, context)];
        expect(await other.y.data()).toEqual(await one.y.data());
        expect(await other.logDet.data()).toEqual(await one.logDet.data());
      }
    }
  });

  const config = (): JsonObject =>
    residualBlock({
      branch: denseBranch({
        features: 2,
        hidden: [3],
        activation: "elu",
        coefficient: 0.5,
        preactivation: false,
        random,
      }),
      logDet: exactLogDet(),
    }).config;

  it("rebuilds from a description older than the options that have a default", () => {
    const { branch, inverse, ...rest } = config() as Record<"branch" | "inverse", JsonObject>;
    const { parametrisation: _p, norm: _n, conditionFeatures: _c, ...oldBranch } = branch;
    const { gradient: _g, ...oldInverse } = inverse;
    const old = { ...rest, branch: oldBranch, inverse: oldInverse };
    expect(rebuild({ layer: "residualBlock", config: old }, residualTypes, random).config).toEqual(config());
  });

  it.each<[string, (config: JsonObject) => JsonObject, string]>([
    [
      "coefficients as text",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), coefficient: [0.5, "0.5"] } }),
      'denseBranch.coefficient: expected finite numbers, received "0.5"',
    ],
    [
      "a norm below 1",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), norm: 0.5 } }),
      "denseBranch: norm: expected a number in [1, Infinity], received 0.5",
    ],
    [
      "a norm that its parametrisation does not know",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), norm: "infinity", parametrisation: "aol" } }),
      'denseBranch: norm: expected 2, the norm in which "aol" bounds its weights, received Infinity',
    ],
    [
      "an unknown parametrisation",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), parametrisation: "clipped" } }),
      "denseBranch.parametrisation: expected one of capped, aol, orthogonal",
    ],
    [
      "an unknown gradient",
      (c) => ({ ...c, inverse: { ...(c["inverse"] as JsonObject), gradient: "none" } }),
      "residualBlock.inverse.gradient: expected one of implicit, unrolled",
    ],
    ["no branch", ({ branch: _, ...rest }) => rest, "residualBlock.branch: expected an object"],
    [
      "unknown branch",
      (c) => ({ ...c, branch: { branch: "transformer" } }),
      "residualBlock.branch.branch: expected one of dense, bottleneck, denseNet",
    ],
    [
      "a branch that is not a contraction",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), coefficient: 2 } }),
      "denseBranch: Lipschitz bound",
    ],
    [
      "preactivation as text",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), preactivation: "yes" } }),
      "denseBranch.preactivation: expected true or false",
    ],
    [
      "fractional features",
      (c) => ({ ...c, branch: { ...(c["branch"] as JsonObject), features: 1.5 } }),
      "denseBranch: features",
    ],
    [
      "no estimator",
      (c) => ({ ...c, logDet: {} }),
      "estimatorFromConfig: expected the configuration of one of",
    ],
    [
      "too few iterations",
      (c) => ({ ...c, inverse: { tolerance: 1e-6, maxIterations: 1 } }),
      "inverse.maxIterations",
    ],
  ])("refuses a configuration with %s", (_, damage, message) => {
    expect(() =>
      rebuild({ layer: "residualBlock", config: damage(config()) }, residualTypes, random),
    ).toThrow(message);
  });
});

/** As many stacked probes as dimensions. The mean over them of v'Av is the trace of A. */
function completeProbes(shape: Shape): Random {
  const dimension = shape.reduce((a, b) => a * b, 1);
  const draw = (size: Shape) => {
    const rows = size[0]!;
    const values = new Float32Array(rows * dimension);
    for (let row = 0; row < rows; row++)
      values[row * dimension + Math.floor((row * dimension) / rows)] = Math.sqrt(dimension);
    return tensor(values, [...size]);
  };
  return { ...random, normal: draw, rademacher: draw };
}

/** The gradient of <weights, log-det> in the branch's parameters. */
async function gradientsOf(
  branch: ContractiveBranch,
  logDet: LogDetEstimator,
  x: Tensor,
  weights: Tensor,
  context: Call,
) {
  const block = residualBlock({ branch, logDet });
  const names = Object.keys(branch.parameters);
  const { value, gradients } = valueAndGradients(
    () => sum(mul(block.forwardAndLogDet(x, context).logDet, weights)) as Tensor,
    Object.values(branch.parameters),
  );
  const numbers = await Promise.all(gradients.map((gradient) => gradient.data() as Promise<Float32Array>));
  dispose([value, ...gradients]);
  return Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
}

/** Compares entry by entry, relative to the largest entry of each gradient. */
function compare(
  got: Record<string, Float32Array>,
  want: Record<string, Float32Array>,
  tolerance: number,
): void {
  for (const [name, expected] of Object.entries(want)) {
    const size = Math.max(1, ...expected.map(Math.abs));
    expected.forEach((value, i) =>
      expect(Math.abs(got[name]![i]! - value), `${name}[${i}]`).toBeLessThan(tolerance * size),
    );
  }
}
