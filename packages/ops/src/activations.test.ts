import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import type { Activation, ActivationName } from "./activation.ts";
import { activation, activationNames } from "./activations.ts";
import { startBackend } from "./backend/index.ts";
import { lipSwish, lipSwishDerivative } from "./lip-swish.ts";
import { describeGolden, expectGolden } from "./golden.test-support.ts";
import type { Tensor } from "./types.ts";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const swish = (x: number) => x * sigmoid(x);
const swishSlope = (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x)));
const clamp = (x: number) => Math.min(Math.max(x, -1), 1);
const beta = Math.log1p(Math.exp(0.5));

/** phi and phi' in float64. */
const references: Record<ActivationName, [(x: number) => number, (x: number) => number]> = {
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  leakyRelu: [(x) => (x > 0 ? x : 0.01 * x), (x) => (x > 0 ? 1 : 0.01)],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), (x) => Math.exp(Math.min(x, 0))],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  tanh: [Math.tanh, (x) => 1 / Math.cosh(x) ** 2],
  sigmoid: [sigmoid, (x) => sigmoid(x) * sigmoid(-x)],
  exp: [Math.exp, Math.exp],
  sin: [Math.sin, Math.cos],
  swish: [swish, swishSlope],
  lipSwish: [(x) => swish(beta * x) / (1.1 * beta), (x) => swishSlope(beta * x) / 1.1],
  lipschitzCube: [(x) => clamp(x) ** 3 / 3 + x - clamp(x), (x) => clamp(x) ** 2],
  identity: [(x) => x, () => 1],
};

async function evaluate(
  f: (x: Tensor) => Tensor,
  x: readonly number[] | Float32Array,
): Promise<Float32Array> {
  const y = tf.tidy(() => f(tf.tensor1d(x as number[])));
  return y.data<"float32">().finally(() => y.dispose());
}

const dispose = ({ parameters }: Activation) => Object.values(parameters).forEach((p) => p.dispose());

describe.each(["cpu", "wasm"] as const)("on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  describeGolden<{ x: number[]; beta_raw?: number }, { y: number[]; dy: number[] }>(
    "activations",
    async ({ case: name, inputs: { x, beta_raw: raw }, expected, tolerance }) => {
      const functions: Record<string, [(x: Tensor) => Tensor, (x: Tensor) => Tensor]> = {
        LipSwish: [(t) => lipSwish(t, tf.scalar(raw!)), (t) => lipSwishDerivative(t, tf.scalar(raw!))],
        elu: [activation("elu").value, activation("elu").derivative],
        lipschitz_cube: [activation("lipschitzCube").value, activation("lipschitzCube").derivative],
      };
      const [value, derivative] = functions[/^\w+/.exec(name)![0]]!;
      expectGolden(await evaluate(value, x), expected.y, tolerance);
      expectGolden(await evaluate(derivative, x), expected.dy, tolerance);
    },
  );

  // 0, both sides of every kink, tails, sizes that are no multiple of a vector of four.
  const grid = Float32Array.from({ length: 2403 }, (_, i) => (i - 1201) / 60);

  it.each(activationNames)("%s and its derivative agree with float64 on [-20, 20]", async (name) => {
    const phi = activation(name);
    const [value, derivative] = references[name];
    for (const [got, reference] of [
      [await evaluate(phi.value, grid), value],
      [await evaluate(phi.derivative, grid), derivative],
    ] as const)
      grid.forEach((x, i) => {
        const expected = reference(x);
        // A few float32 roundings of intermediate results no larger than the result or 1.
        expect(Math.abs(got[i]! - expected), `${name} at ${x}`).toBeLessThan(
          6e-7 * Math.max(1, Math.abs(expected)),
        );
      });
    dispose(phi);
  });

  it.each(activationNames)("%s has the Lipschitz constant it claims, and no smaller one", async (name) => {
    const phi = activation(name);
    const slopes = (await evaluate(phi.derivative, grid)).map(Math.abs);
    const largest = slopes.reduce((a, b) => Math.max(a, b));
    if (name === "exp") expect(phi.lipschitz).toBe(Infinity);
    else {
      expect(largest).toBeLessThanOrEqual(phi.lipschitz * (1 + 1e-6));
      expect(largest).toBeGreaterThan(phi.lipschitz * (1 - 1e-4));
    }
    dispose(phi);
  });

  it.each(activationNames)("%s is finite at large finite inputs", async (name) => {
    const phi = activation(name);
    const x = [-1e4, -100, -88, 88, 100, 1e4].filter((v) => name !== "exp" || v <= 88);
    for (const y of [await evaluate(phi.value, x), await evaluate(phi.derivative, x)])
      expect([...y].every(Number.isFinite), `${name}: ${y.join()}`).toBe(true);
    dispose(phi);
  });

  it.each(activationNames)("%s does not hide NaN", async (name) => {
    const phi = activation(name);
    expect([...(await evaluate(phi.value, [NaN, 1, 2, 3, 4, NaN]))].map(Number.isNaN)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
    ]);
    dispose(phi);
  });

  it("leaves no tensors behind, and lipSwish brings one parameter of its own", () => {
    const before = tf.memory().numTensors;
    const [first, second] = [activation("lipSwish"), activation("lipSwish")];
    expect(first.parameters["betaRaw"]).not.toBe(second.parameters["betaRaw"]);
    expect(tf.memory().numTensors).toBe(before + 2);
    [first, second].forEach(dispose);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("names the known activations when given an unknown one", () => {
  expect(() => activation("gelu" as ActivationName)).toThrow(
    /activation: expected one of relu, .*, received "gelu"/,
  );
});
