import { jacobianMatrix } from "@invertible/log-det";
import {
  activation,
  activationNames,
  createRandom,
  dispose,
  memory,
  mul,
  singularValues,
  tidy,
} from "@invertible/ops";
import type { ActivationName, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { bottleneckBranch, denseBranch } from "../index.ts";
import type { ContractiveBranch } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(5);
/** Relative slack for what power iteration leaves, and for float32. */
const slack = 1e-4;

/** Weights far above their caps, so that every cap binds and the bound is nearly reached. */
async function stretched(branch: ContractiveBranch): Promise<ContractiveBranch> {
  for (const [name, variable] of Object.entries(branch.parameters))
    if (name.endsWith("weight")) variable.assign(mul(random.fold(name).normal(variable.shape), 2));
  await branch.refresh({ tolerance: 1e-6 });
  return branch;
}

const contractive: ActivationName[] = activationNames.filter((name) => activation(name).lipschitz <= 1);

const dense = (name: ActivationName, coefficient: number, preactivation: boolean) =>
  denseBranch({ features: 3, hidden: [12, 12], activation: name, coefficient, preactivation, random });
const conv = (name: ActivationName, coefficient: number, preactivation: boolean) =>
  bottleneckBranch({
    inputShape: [4, 4, 2],
    hidden: 5,
    activation: name,
    coefficient,
    preactivation,
    random,
  });

const table: [string, () => ContractiveBranch][] = [
  ...contractive.map((name): [string, () => ContractiveBranch] => [
    `dense ${name} 0.95`,
    () => dense(name, 0.95, true),
  ]),
  ["dense elu 0.5", () => dense("elu", 0.5, false)],
  ["bottleneck elu 0.9", () => conv("elu", 0.9, false)],
  ["bottleneck lipSwish 0.97, preactivated", () => conv("lipSwish", 0.97, true)],
];

describe.each(table)("%s", (_, build) => {
  it("never stretches a pair of points by more than L", async () => {
    const branch = await stretched(build());
    const shape = [400, ...branch.inputShape];
    for (const scale of [1e-1, 1, 30]) {
      const quotients = tidy(() => {
        const bound = branch.bind();
        const x = mul(random.normal(shape), scale) as Tensor;
        // Distances range from tiny ones, just above rounding, to large ones.
        const step = random
          .fold(1)
          .normal(shape)
          .mul(random.fold(2).uniform([400, ...branch.inputShape.map(() => 1)], 0.02, 2))
          .mul(scale);
        const z = x.add(step) as Tensor;
        const length = (t: Tensor) => t.reshape([400, -1]).square().sum(1).sqrt();
        return length(bound.value(x).sub(bound.value(z)) as Tensor).div(length(x.sub(z) as Tensor)) as Tensor;
      });
      const largest = Math.max(...(await quotients.data()));
      expect(largest).toBeLessThanOrEqual(branch.lipschitz * (1 + 1e-3));
      expect(largest).toBeGreaterThan(0);
    }
  });

  it("has a Jacobian of norm at most L everywhere, equal to the derivative of its value", async () => {
    const branch = await stretched(build());
    const batch = 20;
    const dimension = branch.inputShape.reduce((a, b) => a * b, 1);
    const x = random.fold(3).normal([batch, ...branch.inputShape]);
    const matrices = await tidy(() => {
      const { jvp } = branch.bind().linearise(x);
      return jacobianMatrix({ jvp, batch, shape: branch.inputShape });
    }).data();
    for (let b = 0; b < batch; b++) {
      const data = Float64Array.from(matrices.slice(b * dimension ** 2, (b + 1) * dimension ** 2));
      expect(singularValues({ rows: dimension, columns: dimension, data })[0]).toBeLessThanOrEqual(
        branch.lipschitz * (1 + slack),
      );
    }
    const [v, step] = [random.fold(4).normal([batch, ...branch.inputShape]), 5e-4];
    const [got, difference] = tidy(() => {
      const bound = branch.bind();
      const moved = (by: number) => bound.value(x.add(v.mul(by)) as Tensor);
      return [
        bound.linearise(x).jvp(v),
        moved(step)
          .sub(moved(-step))
          .div(2 * step) as Tensor,
      ] as const;
    });
    const [received, expected] = [await got.data(), await difference.data()];
    // Kinks of relu-like activations move a few entries. Curvature and rounding move the others by less than this.
    const off = Array.from(received, (value, i) => Math.abs(value - expected[i]!)).filter(
      (error) => error > 5e-3,
    ).length;
    expect(off / received.length).toBeLessThan(0.05);
  });

  it("leaks nothing", async () => {
    const before = memory().numTensors;
    const branch = build();
    const variables = Object.values({ ...branch.parameters, ...branch.state });
    expect(memory().numTensors).toBe(before + variables.length);
    await branch.refresh({ iterations: 1 });
    dispose(variables);
    expect(memory().numTensors).toBe(before);
  });
});

describe("the Lipschitz constant L", () => {
  it("is the product of coefficients and slopes, the first activation's only with preactivation", () => {
    expect(dense("elu", 0.9, false).lipschitz).toBeCloseTo(0.9 ** 3, 12);
    const slope = activation("lipSwish").lipschitz;
    expect(dense("lipSwish", 0.9, false).lipschitz).toBeCloseTo(0.9 ** 3 * slope ** 2, 12);
    expect(conv("lipSwish", 0.98, true).lipschitz).toBeCloseTo(0.98 ** 3 * slope ** 3, 12);
    expect(dense("swish", 0.8, true).lipschitz).toBeCloseTo((0.8 * activation("swish").lipschitz) ** 3, 12);
    expect(dense("sigmoid", 1.5, false).lipschitz).toBeCloseTo(1.5 ** 3 / 16, 12);
  });

  it.each([
    [
      () => dense("elu", 1, false),
      "denseBranch: Lipschitz bound: expected coefficients 1 * 1 * 1 and slopes 1 * 1 of elu to multiply to less than 1, received 1",
    ],
    [
      () => dense("swish", 0.95, true),
      /coefficients 0\.95 \* 0\.95 \* 0\.95 and slopes 1\.0998.* of swish to multiply to less than 1, received 1\.14/,
    ],
    [() => dense("exp", 0.1, false), "received Infinity"],
    [
      () => conv("elu", 1.2, false),
      /^bottleneckBranch: Lipschitz bound: .* to multiply to less than 1, received 1\.7/,
    ],
    [
      () => dense("elu", -0.5, false),
      "denseBranch: coefficient: expected a positive number, or one for each layer, received -0.5",
    ],
    [
      () => dense("elu", undefined as unknown as number, false),
      "denseBranch: expected the option coefficient, received none",
    ],
    [() => dense("gelu" as ActivationName, 0.9, false), "activation: expected one of"],
    [
      () =>
        denseBranch({
          features: 2,
          hidden: [],
          activation: "elu",
          coefficient: 0.9,
          preactivation: false,
          random,
        }),
      "denseBranch: hidden: expected at least one width",
    ],
    [
      () =>
        denseBranch({
          features: 2,
          hidden: [0],
          activation: "elu",
          coefficient: 0.9,
          preactivation: false,
          random,
        }),
      "expected a positive integer, received 0",
    ],
    [
      () =>
        bottleneckBranch({
          inputShape: [4],
          hidden: 2,
          activation: "elu",
          coefficient: 0.9,
          preactivation: false,
          random,
        }),
      "bottleneckBranch: inputShape: expected [H, W, channels]",
    ],
    ...[
      { kernelSizes: [3], message: "bottleneckBranch: kernelSizes: expected at least two sizes" },
      {
        kernelSizes: [3, 16],
        message: "bottleneckBranch: kernelSizes: expected sizes up to 15, received 16",
      },
    ].map(({ kernelSizes, message }): [() => unknown, string] => [
      () =>
        bottleneckBranch({
          inputShape: [4, 4, 1],
          hidden: 2,
          kernelSizes,
          activation: "elu",
          coefficient: 0.9,
          preactivation: false,
          random,
        }),
      message,
    ]),
  ])(
    "must be below 1 in every branch; otherwise an error names the numbers and nothing leaks (%#)",
    (build, message) => {
      const before = memory().numTensors;
      expect(build).toThrow(message);
      expect(memory().numTensors).toBe(before);
    },
  );
});

describe("parameters and state", () => {
  it("have stable names", () => {
    const branch = dense("lipSwish", 0.9, true);
    expect(Object.keys(branch.parameters).sort()).toEqual([
      "0.activation.betaRaw",
      "0.bias",
      "0.weight",
      "1.activation.betaRaw",
      "1.bias",
      "1.weight",
      "2.activation.betaRaw",
      "2.bias",
      "2.weight",
    ]);
    expect(Object.keys(branch.state).sort()).toEqual([
      "0.inputSingularVector",
      "0.outputSingularVector",
      "1.inputSingularVector",
      "1.outputSingularVector",
      "2.inputSingularVector",
      "2.outputSingularVector",
    ]);
  });
});
