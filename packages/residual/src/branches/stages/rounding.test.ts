/**
 * The float32 rounding inside a branch, compared with float64: the model of it, and the error bounds of inverses that rest on
 * this model.
 */
import { solveInverse } from "@invertible/bijection";
import { exactLogDet } from "@invertible/log-det";
import { abs, add, createRandom, dispose, mul, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { bottleneckBranch, denseBranch, residualBlock } from "../../index.ts";
import type { ContractiveBranch } from "../../index.ts";
import { network64 } from "../../../test-support/network64.ts";

const random = createRandom(5);
const deviations = [0, 1, 100, 1e3, 1e4, 1e5];

/**
 * A branch whose caps all bind. The biases of all layers but the last have the deviation. Sums of terms of one sign lose most
 * digits.
 */
async function moved(branch: ContractiveBranch, deviation: number, signs: "both" | "one") {
  const names = Object.keys(branch.parameters);
  const last = names.filter((name) => name.endsWith("bias")).length - 1;
  for (const [name, variable] of Object.entries(branch.parameters))
    tidy(() => {
      const noise = random.fold(name).normal(variable.shape);
      const bias = signs === "one" ? add(mul(noise, 0.1), 1) : noise;
      const weight = signs === "one" ? abs(noise) : noise;
      if (name.endsWith("eight")) variable.assign(mul(weight, 3));
      else variable.assign(mul(bias, name.startsWith(`${last}.`) ? 0.1 : deviation));
    });
  await branch.refresh({ tolerance: 1e-5 });
  return branch;
}

const dense = (activation: "elu" | "sin" | "softplus" | "relu", hidden: number[], conditionFeatures = 0) =>
  denseBranch({
    features: 2,
    hidden,
    activation,
    coefficient: 0.98,
    preactivation: false,
    conditionFeatures,
    random,
  });

describe.each(["cpu", "wasm"] as const)("rounding inside g on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  const branches: readonly (readonly [name: string, build: () => ContractiveBranch])[] = [
    ["one hidden layer of 256, softplus", () => dense("softplus", [256])],
    ["two hidden layers of 64, elu", () => dense("elu", [64, 64])],
    ["one hidden layer of 128, sin", () => dense("sin", [128])],
    ["a condition of 3 numbers", () => dense("relu", [32], 3)],
    [
      "convolutions",
      () =>
        bottleneckBranch({
          inputShape: [4, 4, 2],
          hidden: 16,
          activation: "elu",
          coefficient: 0.98,
          preactivation: true,
          random,
        }),
    ],
    [
      "convolutions that wasm computes in tiles",
      () =>
        bottleneckBranch({
          inputShape: [4, 4, 4],
          hidden: 16,
          activation: "elu",
          coefficient: 0.98,
          preactivation: true,
          random,
        }),
    ],
  ];

  it.each(branches)("never exceeds the modelled rounding and is not far below it: %s", async (_, build) => {
    for (const signs of ["both", "one"] as const)
      for (const deviation of deviations) {
        const branch = await moved(build(), deviation, signs);
        const rows = 30;
        const size = branch.inputShape.reduce((a, b) => a * b, 1);
        const x = mul(random.fold("x").normal([rows, ...branch.inputShape]), 2);
        const condition = mul(random.fold("condition").normal([rows, branch.conditionFeatures || 1]), 10);
        const given = branch.conditionFeatures > 0 ? (condition as Tensor) : undefined;
        const [value, rounding] = tidy(() => {
          const result = branch.bind(given).withRounding()(x as Tensor);
          return [result.value, result.rounding];
        }) as [Tensor, Tensor];
        const g = await network64(branch);
        const [xs, conditions] = [await x.data(), await condition.data()];
        const [values, allowed] = [await value.data(), await rounding.data()];
        const ratios = Array.from({ length: rows }, (_, row) => {
          const from = branch.conditionFeatures * row;
          const exact = g(
            xs.slice(row * size, (row + 1) * size),
            conditions.slice(from, from + branch.conditionFeatures),
          );
          return Math.hypot(...exact.map((value, i) => value - values[row * size + i]!)) / allowed[row]!;
        });
        const what = `${signs} signs, deviation ${deviation}`;
        expect(Math.max(...ratios), what).toBeLessThanOrEqual(1);
        expect(Math.max(...ratios), what).toBeGreaterThan(0.003);
        dispose([x, condition, value, rounding]);
      }
  });

  it.each(["banach", "anderson"] as const)(
    "keeps the error bound of every inverse, with biases of deviation 1 to 1e5: %s",
    { timeout: 240_000 },
    async (method) => {
      // A quarter of them; INVERTIBLE_LONG_TESTS=1 takes all.
      const rows = process.env["INVERTIBLE_LONG_TESTS"] === "1" ? 2500 : 625;
      for (const deviation of deviations.slice(1))
        for (const [activation, hidden] of [
          ["elu", [64]],
          ["sin", [128]],
        ] as const) {
          const branch = await moved(dense(activation, [...hidden]), deviation, "both");
          const block = residualBlock({ branch, logDet: exactLogDet() });
          const y = mul(random.fold("y").normal([rows, 2]), 3) as Tensor;
          const { x, evidence } = await solveInverse(block, y, {
            random,
            training: false,
            method,
          });
          expect(evidence[0]!.converged).toBe(true);
          const g = await network64(branch);
          const [ys, got] = [await y.data(), await x.data()];
          let violations = 0;
          evidence[0]!.rows.forEach(({ errorBound }, row) => {
            const target = [ys[2 * row]!, ys[2 * row + 1]!] as const;
            const start = [got[2 * row]!, got[2 * row + 1]!] as const;
            if (!(distanceToSolution(g, start, target) <= errorBound)) violations++;
          });
          expect(violations, `deviation ${deviation}, ${activation}`).toBe(0);
          dispose([x, y]);
        }
    },
  );
});

/**
 * The distance |x - x*|, where x* + g(x*) = y. x* is found by Newton's method from x in float64, with slopes from central
 * differences.
 */
function distanceToSolution(
  g: (x: readonly number[]) => number[],
  x: readonly [number, number],
  y: readonly [number, number],
): number {
  let at: readonly [number, number] = x;
  const residual = (point: readonly [number, number]) => {
    const value = g(point);
    return [point[0] + value[0]! - y[0], point[1] + value[1]! - y[1]] as const;
  };
  for (let step = 0; step < 40; step++) {
    const r = residual(at);
    const h = 1e-5;
    const [right, left] = [residual([at[0] + h, at[1]]), residual([at[0] - h, at[1]])];
    const [up, down] = [residual([at[0], at[1] + h]), residual([at[0], at[1] - h])];
    const [a, c] = [(right[0] - left[0]) / (2 * h), (right[1] - left[1]) / (2 * h)];
    const [b, d] = [(up[0] - down[0]) / (2 * h), (up[1] - down[1]) / (2 * h)];
    const determinant = a * d - b * c;
    const move = [(d * r[0] - b * r[1]) / determinant, (a * r[1] - c * r[0]) / determinant] as const;
    at = [at[0] - move[0], at[1] - move[1]];
    if (Math.hypot(...move) < 1e-11 * (1 + Math.hypot(...at))) return Math.hypot(at[0] - x[0], at[1] - x[1]);
  }
  throw new Error(`Newton's method did not converge from ${x.join(", ")}`);
}
