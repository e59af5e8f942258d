import { certify, describeLayer, enforce, rebuild, refresh, solveInverse } from "@invertible/bijection";
import type { Bijection, Description } from "@invertible/bijection";
import { NonFiniteError, UnsupportedError } from "@invertible/errors";
import { exactLogDet } from "@invertible/log-det";
import {
  abs,
  add,
  conv2d,
  createRandom,
  elu,
  fill,
  matMul,
  matrix64,
  max,
  mul,
  singularValues,
  sub,
  tidy,
  transpose64,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  bottleneckBranch,
  denseBranch,
  denseNetBranch,
  implicitBlock,
  monotoneBlock,
  residualBlock,
  residualTypes,
} from "../index.ts";
import type { BottleneckBranchOptions, ContractiveBranch, DenseBranchOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(29);
const shared = { activation: "elu", coefficient: "none", preactivation: true, random } as const;
const dense = (more: Partial<DenseBranchOptions> = {}) =>
  denseBranch({ features: 3, hidden: [8, 6], ...shared, ...more });
const image = (more: Partial<BottleneckBranchOptions> = {}) =>
  bottleneckBranch({ inputShape: [5, 4, 2], hidden: 6, ...shared, ...more });
const kinds: [name: string, build: (more?: object) => ContractiveBranch][] = [
  ["dense", dense],
  ["bottleneck", image],
];

/** x + g(x), from operations on the parameters and nothing else. */
function direct({ parameters, inputShape }: Bijection, x: Tensor): Tensor {
  const [height, width] = inputShape as [number, number];
  return tidy(() => {
    let h = x;
    for (let i = 0; parameters[`${i}.weight`]; i++) {
      const [weight, bias] = [parameters[`${i}.weight`]!, parameters[`${i}.bias`]!];
      const linear =
        weight.rank === 2
          ? matMul(elu(h), weight)
          : conv2d(weight, { inputShape: [height, width, weight.shape[2]!] }).apply(elu(h));
      h = add(linear, bias);
    }
    return add(x, h);
  });
}

async function largestDifference(a: Tensor, b: Tensor): Promise<number> {
  const apart = tidy(() => max(abs(sub(a, b))) as Tensor);
  return (await apart.data().finally(() => apart.dispose()))[0]!;
}

function scaleWeights({ parameters }: Pick<Bijection, "parameters">, factor: number): void {
  for (const [name, variable] of Object.entries(parameters))
    if (name.endsWith("weight")) tidy(() => variable.assign(mul(variable, factor)));
}

describe.each(kinds)("a residual block on a %s branch of coefficient none", (_, build) => {
  it("is x + an ordinary network, also of weights that no cap would leave as they are", async () => {
    const block = residualBlock({ branch: build() });
    const x = random.fold("x").normal([6, ...block.inputShape]);
    for (const factor of [1, 5]) {
      scaleWeights(block, factor);
      const expected = direct(block, x);
      // Biases are added in the same order, so only fused kernels may round otherwise.
      expect(await largestDifference(block.forward(x), expected)).toBeLessThan(1e-4 * factor ** 3);
      expect(await largestDifference(expected, x)).toBeGreaterThan(0.1 * factor);
    }
  });

  it("starts as its contractive twin does, and is the same map while no cap bites", async () => {
    const block = residualBlock({ branch: build() });
    const twin = residualBlock({ branch: build({ coefficient: 0.9 }), logDet: exactLogDet() });
    expect(Object.keys(block.parameters)).toEqual(Object.keys(twin.parameters));
    expect(block.state).toEqual({});
    for (const [name, variable] of Object.entries(block.parameters))
      expect(await variable.data(), name).toEqual(await twin.parameters[name]!.data());
    for (const each of [block, twin]) scaleWeights(each, 0.2);
    await refresh(twin, { tolerance: 1e-4 });
    const x = random.fold("x").normal([6, ...block.inputShape]);
    expect(await block.forward(x).data()).toEqual(await twin.forward(x).data());
    for (const each of [block, twin]) scaleWeights(each, 50);
    await refresh(twin, { tolerance: 1e-4 });
    expect(await largestDifference(block.forward(x), twin.forward(x))).toBeGreaterThan(1);
  });

  it("has neither an inverse nor a log-det, and says so", async () => {
    const block = residualBlock({ branch: build() });
    expect(block.traits).toMatchObject({ logDet: "none", logDetBias: 0, inverse: "none" });
    expect(block.solver).toBeUndefined();
    const x = random.fold("x").normal([2, ...block.inputShape]);
    for (const method of ["inverse", "forwardAndLogDet", "inverseAndLogDet"] as const)
      expect(() => block[method](x)).toThrow(UnsupportedError);
    await expect(solveInverse(block, x)).rejects.toThrow(UnsupportedError);
  });

  it("proves 1 + L of its weights, and 1 / (1 - L) where L happens to be below 1", async () => {
    const branch = build();
    const block = residualBlock({ branch });
    expect(branch.lipschitz).toBe(Infinity);
    for (const [factor, contracts] of [
      [0.3, true],
      [40, false],
    ] as const) {
      scaleWeights(block, factor);
      const { lipschitz, operators } = await branch.certify();
      expect(operators).toHaveLength(3);
      // The slope of elu is at most 1.
      const product = operators.reduce((total, { bound }) => total * bound, 1);
      expect(lipschitz / product).toBeCloseTo(1, 12);
      expect(lipschitz < 1).toBe(contracts);
      const { forward, inverse } = await certify(block);
      expect(forward / (1 + lipschitz)).toBeCloseTo(1, 12);
      if (contracts) expect(inverse * (1 - lipschitz)).toBeCloseTo(1, 12);
      else expect(inverse).toBe(Infinity);
    }
    const [weight] = Object.values(block.parameters);
    tidy(() => weight!.assign(fill(weight!.shape, NaN)));
    await expect(certify(block)).rejects.toThrow(NonFiniteError);
  });

  it("has nothing to refresh or to enforce", async () => {
    const block = residualBlock({ branch: build() });
    scaleWeights(block, 30);
    const values = async () =>
      Promise.all(Object.values(block.parameters).map((variable) => variable.data()));
    const before = (await values()).map((numbers) => Float32Array.from(numbers));
    await refresh(block);
    await enforce(block);
    expect(await values()).toEqual(before);
    expect(block.lipschitz?.isFresh).toBeUndefined();
  });

  it("is saved with the word none, and comes back", async () => {
    const block = residualBlock({ branch: build() });
    const { config } = describeLayer(block);
    expect(config).toMatchObject({ branch: { coefficient: "none", norm: 2 } });
    expect(Object.keys(config)).toEqual(["branch"]);
    const text = JSON.stringify(describeLayer(block));
    expect(text).not.toMatch(/parametrisation|null/);
    const copy = rebuild(JSON.parse(text) as Description, residualTypes, random);
    expect(copy.traits).toEqual(block.traits);
    expect(JSON.stringify(describeLayer(copy))).toBe(text);
  });

  it("refuses options that speak of an inverse or a log-det", () => {
    for (const [name, option] of Object.entries({
      inverse: { tolerance: 1e-4 },
      logDet: exactLogDet(),
      evaluationLogDet: exactLogDet(),
    }))
      expect(() => residualBlock({ branch: build(), [name]: option })).toThrow(
        `residualBlock: ${name}: expected none, because the branch has the coefficient "none", received {`,
      );
  });

  it("refuses a norm and a parametrisation, which bound weights", () => {
    expect(() => build({ norm: Infinity })).toThrow(
      /Branch: norm: expected 2, because the coefficient is "none", received Infinity/,
    );
    expect(() => build({ parametrisation: "aol" })).toThrow(
      /Branch: parametrisation: expected none, because the coefficient is "none", received "aol"/,
    );
  });
});

describe("the coefficient none", () => {
  it("proves the product of the true norms, to 1e-5, for dense layers", async () => {
    const branch = dense();
    scaleWeights(branch, 7);
    let product = 1;
    for (const [name, variable] of Object.entries(branch.parameters)) {
      if (!name.endsWith("weight")) continue;
      const [inputs, outputs] = variable.shape as [number, number];
      const weight = matrix64(inputs, outputs, Float64Array.from(await variable.data()));
      product *= singularValues(transpose64(weight))[0]!;
    }
    const { lipschitz, euclidean } = await branch.certify();
    expect(euclidean).toBe(lipschitz);
    expect(lipschitz).toBeGreaterThanOrEqual(product * (1 - 1e-12));
    expect(lipschitz).toBeLessThanOrEqual(product * (1 + 3e-5));
  });

  it("proves nothing where an activation has unbounded slopes, even of weights that are 0", async () => {
    const branch = dense({ activation: "exp" });
    scaleWeights(branch, 0);
    expect(await certify(residualBlock({ branch }))).toMatchObject({ forward: Infinity, inverse: Infinity });
  });

  it("suits residual blocks only, and no DenseNet", () => {
    expect(() => monotoneBlock({ branch: dense() })).toThrow(
      "monotoneBlock: branch.lipschitz: expected a constant below 1, since this block solves equations both ways, received Infinity",
    );
    expect(() =>
      implicitBlock({
        inputBranch: dense({ coefficient: 0.9 }),
        outputBranch: dense({ random: random.fold("other") }),
      }),
    ).toThrow("implicitBlock: outputBranch.lipschitz: expected a constant below 1");
    expect(() =>
      denseNetBranch({
        ...{ inputShape: [3], layers: 2, growth: 4, activation: "elu", random },
        coefficient: "none" as never,
      }),
    ).toThrow(
      'denseNetBranch: coefficient: expected a number, or 3 of them, one for each layer, received "none"',
    );
  });

  it("is no entry of a list", () => {
    expect(() => dense({ coefficient: [0.9, "none", 0.9] as never })).toThrow(
      "denseBranch: coefficient: expected a positive number, or one for each layer",
    );
  });

  it("gives no estimate of rounding, which rests on constants", () => {
    expect(() => tidy(() => void dense().bind().withRounding())).toThrow(UnsupportedError);
  });
});
