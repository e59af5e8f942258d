import { activation, createRandom, memory, sizeOf, tensor, tidy } from "@invertible/ops";
import type { ActivationName, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { denseNetBranch } from "../index.ts";
import type { DenseNetBranchOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(101);
const build = (more: Partial<DenseNetBranchOptions> = {}) =>
  denseNetBranch({
    inputShape: [3],
    layers: 2,
    growth: 4,
    activation: "cLipSwish",
    coefficient: 0.9,
    random,
    ...more,
  });

/** (s_1, s_2) c / |s| with s = softplus(K) + 0.1 */
function eta([a, b]: readonly number[], c: number): [number, number] {
  const [s, t] = [a!, b!].map((k) => Math.log1p(Math.exp(k)) + 0.1) as [number, number];
  const length = Math.hypot(s, t);
  return [(c * s) / length, (c * t) / length];
}

describe("denseNetBranch", () => {
  it.each(["elu", "cLipSwish"] as const)(
    "equals concatenation and projection computed by hand, with %s",
    async (name) => {
      const branch = build({ activation: name, coefficient: [0.9, 0.7, 0.8] });
      const weighing = [
        [0.5, -1],
        [-3, 2],
      ];
      weighing.forEach((K, i) => branch.parameters[`${i}.concatenation`]!.assign(tensor(K)));
      await branch.enforce();
      const phi = activation(name);
      const x = random.fold("x").normal([5, 3]);
      const [got, want] = tidy(() => {
        const of = (key: string) => branch.parameters[key]!;
        // Enforced weights are within their caps, so the caps leave them as they are.
        const layer = (h: Tensor, i: number) => h.matMul(of(`${i}.weight`)).add(of(`${i}.bias`)) as Tensor;
        let h: Tensor = x;
        weighing.forEach((K, i) => {
          const [kept, made] = eta(K, [0.9, 0.7][i]!);
          h = h.mul(kept).concat(phi.value(layer(h, i)).mul(made), 1) as Tensor;
        });
        return [branch.bind().value(x), layer(h, 2)] as const;
      });
      const expected = await want.data();
      // 3e-6, since eta is kept 1e-6 below its length.
      (await got.data()).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(3e-6));
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1);
    },
  );

  it("has L = the product of its coefficients, for any weighing and any activation of bounded slope", async () => {
    for (const name of ["cLipSwish", "swish", "sigmoid", "cPila"] as const) {
      const branch = build({ activation: name, coefficient: [0.9, 1.05, 0.8] });
      expect(branch.lipschitz).toBeCloseTo(0.9 * 1.05 * 0.8, 12);
      for (const K of [
        [0, 0],
        [8, -8],
        [-8, 8],
        [40, 40],
        [-90, -90],
      ]) {
        for (const i of [0, 1]) branch.parameters[`${i}.concatenation`]!.assign(tensor(K));
        await branch.enforce();
        expect((await branch.certify()).lipschitz).toBeLessThanOrEqual(branch.lipschitz);
      }
    }
  });

  it("is certified layer by layer as hypot(eta_1, eta_2 sup|phi'| |W|)", async () => {
    for (const [name, gain] of [
      ["swish", 0.2],
      ["cPila", 1],
      ["elu", 0],
    ] as const)
      for (const K of [
        [0, 0],
        [3, -2],
        [-2, 3],
      ]) {
        const branch = build({ activation: name, layers: 1, coefficient: [0.9, 0.8] });
        const weight = branch.parameters["0.weight"]!;
        tidy(() => weight.assign(weight.mul(gain)));
        branch.parameters["0.concatenation"]!.assign(tensor(K));
        await branch.enforce();
        const { lipschitz, operators } = await branch.certify();
        const { lipschitz: slope } = activation(name);
        const [kept, made] = eta(K, 0.9);
        const want = Math.hypot(kept, made * slope * operators[0]!.bound) * operators[1]!.bound;
        expect(Math.abs(lipschitz / want - 1)).toBeLessThan(2e-6);
        expect(want).toBeGreaterThan(0.01);
      }
  });

  it("has parameters of stable names, and with pairs its operators make half of the growth", () => {
    const conditional = build({ layers: 1, conditionFeatures: 2 });
    expect(Object.keys(conditional.parameters).sort()).toEqual([
      "0.activation.betaRaw",
      "0.bias",
      "0.concatenation",
      "0.conditionWeight",
      "0.weight",
      "1.bias",
      "1.conditionWeight",
      "1.weight",
    ]);
    expect(conditional.parameters["0.weight"]!.shape).toEqual([3, 2]);
    expect(conditional.parameters["1.weight"]!.shape).toEqual([7, 3]);
  });

  it("convolves images with kernelSize and projects back by a 1x1 convolution", () => {
    const branch = build({ inputShape: [4, 4, 2], growth: 6, kernelSize: 5, parametrisation: "aol" });
    expect(branch.parameters["0.weight"]!.shape).toEqual([5, 5, 2, 3]);
    expect(branch.parameters["1.weight"]!.shape).toEqual([5, 5, 8, 3]);
    expect(branch.parameters["2.weight"]!.shape).toEqual([1, 1, 14, 2]);
    expect(Object.keys(branch.state)).toEqual([]);
    expect(sizeOf(branch.inputShape)).toBe(32);
  });

  it.each<[string, Partial<DenseNetBranchOptions>, string]>([
    [
      "an odd growth for pairs",
      { growth: 3 },
      "denseNetBranch: growth: expected an even number with cLipSwish, received 3",
    ],
    ["no layer", { layers: 0 }, "denseNetBranch: layers: expected an integer from 1 to 1000"],
    [
      "a shape of two axes",
      { inputShape: [4, 4] },
      "denseNetBranch: inputShape: expected [features] or [H, W, channels]",
    ],
    [
      "an empty kernel",
      { inputShape: [4, 4, 1], kernelSize: 0 },
      "denseNetBranch: kernelSize: expected a positive integer",
    ],
    [
      "an unbounded activation",
      { activation: "exp" },
      "denseNetBranch: activation: expected one with a bounded slope",
    ],
    ["an unknown activation", { activation: "gelu" as ActivationName }, "activation: expected one of"],
    [
      "coefficients that do not contract",
      { coefficient: [0.9, 1, 1.2] },
      "coefficients 0.9 * 1 * 1.2 to multiply to less than 1, received 1.08",
    ],
    [
      "coefficients for other layers",
      { coefficient: [0.9, 0.9] },
      "denseNetBranch: coefficient: expected a number, or 3 of them",
    ],
    [
      "orthogonal convolutions",
      { inputShape: [4, 4, 1], parametrisation: "orthogonal" },
      "denseNetBranch: parametrisation: expected one of capped, aol",
    ],
  ])("refuses %s, and leaks nothing", (_, more, message) => {
    const before = memory().numTensors;
    expect(() => build(more)).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});
