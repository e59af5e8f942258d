import { beforeAll, describe, expect, it } from "vitest";
import { dispose, memory, scalar, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
// eslint-disable-next-line no-restricted-imports -- what is compared with
import * as tf from "@tensorflow/tfjs";
import { adam } from "./adam.ts";
import { adamax } from "./adamax.ts";
import type { AdamOptions } from "./adam-options.ts";
import type { Optimizer } from "./optimizer.ts";

beforeAll(() => startBackend("wasm"));

/** Gradients of very different sizes, one of them always zero. */
const start = [1, -2, 0.5, 3];
const gradients = [
  [0.1, -20, 1e-4, 0],
  [0.3, 5, -2e-4, 0],
  [-0.2, 0, 3e-4, 0],
  [1e-3, 7, 1e-4, 0],
];

function asTensors(scalars: Readonly<Record<string, number>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, scalar(value)]));
}

function run(optimizer: Optimizer, rates: readonly number[]): number[] {
  let parameters: Tensor = tensor(start);
  let slots: readonly Tensor[] = optimizer.slots.map(() => zeros([4]));
  gradients.forEach((values, i) => {
    const next = tidy(() => {
      const updated = optimizer.update({
        parameters,
        gradient: tensor(values),
        slots,
        scalars: asTensors(optimizer.scalars(i + 1, rates[i]!)),
      });
      return { parameters: updated.parameters, slots: [...updated.slots] };
    });
    dispose([parameters, ...slots]);
    ({ parameters, slots } = next);
  });
  const result = [...parameters.dataSync()];
  dispose([parameters, ...slots]);
  return result;
}

/** The formulas of the papers, element by element in float64. */
function reference(
  kind: "adam" | "adamax",
  options: Required<AdamOptions>,
  rates: readonly number[],
): number[] {
  const { beta1, beta2, epsilon, weightDecay } = options;
  return start.map((initial, i) => {
    let [p, m, second] = [initial, 0, 0];
    gradients.forEach((values, step) => {
      const [g, t, rate] = [values[i]!, step + 1, rates[step]!];
      m = beta1 * m + (1 - beta1) * g;
      second =
        kind === "adam"
          ? beta2 * second + (1 - beta2) * g * g
          : Math.max(beta2 * second, Math.abs(g) + epsilon);
      const direction =
        kind === "adam"
          ? m / (1 - beta1 ** t) / (Math.sqrt(second / (1 - beta2 ** t)) + epsilon)
          : m / (1 - beta1 ** t) / second;
      p = p - rate * weightDecay * p - rate * direction;
    });
    return p;
  });
}

describe.each([
  ["adam", adam],
  ["adamax", adamax],
] as const)("%s", (kind, factory) => {
  it.each([
    { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    { beta1: 0.8, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1 },
    { beta1: 0, beta2: 0, epsilon: 1e-8, weightDecay: 0 },
  ])("computes its formula: %o", (options) => {
    const rates = [0.01, 0.1, 0.05, 0.02];
    const got = run(factory({ learningRate: 1, ...options }), rates);
    const expected = reference(kind, { learningRate: 1, ...options }, rates);
    // Four float32 steps.
    got.forEach((value, i) =>
      expect(Math.abs(value - expected[i]!)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected[i]!))),
    );
  });

  it("leaks nothing", () => {
    const before = memory().numTensors;
    run(factory(), [1, 1, 1, 1]);
    expect(memory().numTensors).toBe(before);
  });

  it.each<[AdamOptions, string]>([
    [{ learningRate: 0 }, "learningRate"],
    [{ learningRate: NaN }, "learningRate"],
    [{ beta1: 1 }, "beta1"],
    [{ beta2: -0.1 }, "beta2"],
    [{ epsilon: 0 }, "epsilon"],
    [{ weightDecay: -1 }, "weightDecay"],
  ])("rejects %o", (options, name) => expect(() => factory(options)).toThrow(`${kind}.${name}: expected`));
});

describe("adam beside TensorFlow.js", () => {
  it("agrees with tf.train.adam, which shares the place of epsilon", () => {
    const variable = tf.variable(tensor(start));
    const theirs = tf.train.adam(0.05, 0.9, 0.999, 1e-7);
    for (const values of gradients)
      tf.tidy(() => theirs.applyGradients([{ name: variable.name, tensor: tensor(values) }]));
    const expected = variable.dataSync();
    const got = run(adam({ learningRate: 1, epsilon: 1e-7 }), [0.05, 0.05, 0.05, 0.05]);
    got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    theirs.dispose();
    variable.dispose();
  });
});
