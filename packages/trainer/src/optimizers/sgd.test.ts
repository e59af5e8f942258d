import { beforeAll, describe, expect, it } from "vitest";
import { dispose, memory, scalar, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
// eslint-disable-next-line no-restricted-imports -- what is compared with
import * as tf from "@tensorflow/tfjs";
import { sgd } from "./sgd.ts";
import type { SgdOptions } from "./sgd.ts";

beforeAll(() => startBackend("wasm"));

const start = [1, -2, 0.5, 3];
const gradients = [
  [0.1, -20, 1e-4, 0],
  [0.3, 5, -2e-4, 0],
  [-0.2, 0, 3e-4, 0],
  [1e-3, 7, 1e-4, 0],
];
const rates = [0.01, 0.1, 0.05, 0.02];

function run(options: SgdOptions, steps = rates): number[] {
  const optimizer = sgd(options);
  let parameters: Tensor = tensor(start);
  let slots: readonly Tensor[] = optimizer.slots.map(() => zeros([4]));
  gradients.forEach((values, i) => {
    const { rate } = optimizer.scalars(i + 1, steps[i]!);
    const next = tidy(() => {
      const request = { parameters, gradient: tensor(values), slots, scalars: { rate: scalar(rate!) } };
      const updated = optimizer.update(request);
      return { parameters: updated.parameters, slots: [...updated.slots] };
    });
    dispose([parameters, ...slots]);
    ({ parameters, slots } = next);
  });
  const result = [...parameters.dataSync()];
  dispose([parameters, ...slots]);
  return result;
}

/** The formula of PyTorch's documentation, element by element in float64. */
function reference({
  momentum,
  nesterov,
  weightDecay,
}: Required<Omit<SgdOptions, "learningRate">>): number[] {
  return start.map((initial, i) => {
    let [p, v] = [initial, 0];
    gradients.forEach((values, step) => {
      const d = values[i]! + weightDecay * p;
      v = step === 0 ? d : momentum * v + d;
      p -= rates[step]! * (nesterov ? d + momentum * v : v);
    });
    return p;
  });
}

describe("sgd", () => {
  it.each([
    { momentum: 0, nesterov: false, weightDecay: 0 },
    { momentum: 0, nesterov: false, weightDecay: 0.3 },
    { momentum: 0.9, nesterov: false, weightDecay: 5e-4 },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  ])("computes its formula: %o", (options) => {
    // Four float32 steps.
    run({ learningRate: 1, ...options }).forEach((value, i) => {
      const expected = reference(options)[i]!;
      expect(Math.abs(value - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)));
    });
  });

  it("agrees with tf.train.momentum at a constant rate, where both place the rate alike", () => {
    for (const nesterov of [false, true]) {
      const variable = tf.variable(tensor(start));
      const theirs = tf.train.momentum(0.05, 0.8, nesterov);
      for (const values of gradients)
        tf.tidy(() => theirs.applyGradients([{ name: variable.name, tensor: tensor(values) }]));
      const expected = variable.dataSync();
      const got = run({ momentum: 0.8, nesterov }, [0.05, 0.05, 0.05, 0.05]);
      got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
      theirs.dispose();
      variable.dispose();
    }
  });

  it("keeps no velocity without momentum, and leaks nothing", () => {
    expect(sgd().slots).toEqual([]);
    expect(sgd({ momentum: 0.5 }).slots).toEqual(["velocity"]);
    const before = memory().numTensors;
    run({});
    run({ momentum: 0.9, nesterov: true });
    expect(memory().numTensors).toBe(before);
  });

  it.each<[SgdOptions, string]>([
    [{ learningRate: 0 }, "learningRate"],
    [{ momentum: 1 }, "momentum"],
    [{ momentum: -0.1 }, "momentum"],
    [{ nesterov: true }, "momentum"],
    [{ nesterov: 1 as unknown as boolean, momentum: 0.9 }, "nesterov"],
    [{ weightDecay: NaN }, "weightDecay"],
  ])("rejects %o", (options, name) => expect(() => sgd(options)).toThrow(`sgd.${name}: expected`));
});
