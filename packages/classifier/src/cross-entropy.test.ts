import { ShapeError } from "@invertible/errors";
import { actNorm } from "@invertible/layers";
import {
  createRandom,
  dispose,
  gradients,
  memory,
  mul,
  sum,
  tensor,
  tidy,
  valueAndGradients,
  zeros,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { assign } from "../test-support/classifiers.ts";
import { logSoftmaxOf, pooledLogits, statisticsOf } from "../test-support/reference.ts";
import { createClassifier, crossEntropy, oneHot, pooledHead } from "./index.ts";

const random = createRandom(13);

/** The loss of each row in float64. */
function lossesOf(logits: readonly number[], target: readonly number[], classes: number): number[] {
  const logProbs = logSoftmaxOf(logits, classes);
  return Array.from({ length: logits.length / classes }, (_, b) =>
    target
      .slice(b * classes, (b + 1) * classes)
      .reduce((total, t, k) => total - t * logProbs[b * classes + k]!, 0),
  );
}

describe.each(["cpu", "wasm"] as const)("crossEntropy on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it("is minus the log-probability of the class, of small logits and of large ones", async () => {
    const logits = [
      [0.3, -1.2, 0.5],
      [1e4, 0, -1e4],
      [1e4, 9999, 9998],
      [-1e4, -1e4, -1e4],
      [-1e4, 1e4, 0],
    ];
    const target = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 0],
    ];
    const before = memory().numTensors;
    const [x, y] = [tensor(logits), tensor(target)];
    const loss = crossEntropy(x, y);
    const values = await loss.data();
    const expected = lossesOf(logits.flat(), target.flat(), 3);
    expected.forEach((value, i) =>
      // Rounding of an exponential, a sum, a logarithm and a difference.
      expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(5e-7 * Math.max(1, value)),
    );
    expect(values[1]).toBe(2e4);
    dispose([x, y, loss]);
    expect(memory().numTensors).toBe(before);
  });

  it("takes rows of probabilities, bytes, no labels and no rows", async () => {
    const logits = tensor([
      [1, 2, 3],
      [3, 0, -3],
      [1e4, 0, -1e4],
    ]);
    const soft = [0.2, 0.3, 0.5, 1, 2, 0, 0, 0, 0];
    const values = await crossEntropy(logits, tensor(soft, [3, 3])).data();
    lossesOf([1, 2, 3, 3, 0, -3, 0, 0, 0], soft, 3).forEach((value, i) =>
      expect(values[i]).toBeCloseTo(value, 5),
    );
    expect(values[2]).toBe(0);
    const bytes = tensor(oneHot([2, 0, -1], 3).values, [3, 3]);
    const floats = tensor([0, 0, 1, 1, 0, 0, 0, 0, 0], [3, 3]);
    expect(await crossEntropy(logits, bytes).data()).toEqual(await crossEntropy(logits, floats).data());
    expect(crossEntropy(zeros([0, 3]), zeros([0, 3])).shape).toEqual([0]);
  });

  it("has the gradient p - target, and 0 where there is no label", async () => {
    const logits = [0.3, -1.2, 0.5, 2, 1, -3, 1, 1, 1];
    const target = [0, 1, 0, 0.25, 0.25, 0.5, 0, 0, 0];
    const y = tensor(target, [3, 3]);
    const [slope] = gradients((x) => crossEntropy(x, y), [tensor(logits, [3, 3])]);
    const p = logSoftmaxOf(logits, 3).map(Math.exp);
    const values = await slope!.data();
    target.forEach((t, i) => expect(values[i]).toBeCloseTo(i < 6 ? p[i]! - t : 0, 6));
  });

  it("has the second derivative diag(p) - p p', times the sum of the row", async () => {
    const logits = [0.3, -1.2, 0.5, 2, 1, -3];
    const [target, direction] = [tensor([0, 1, 0, 1, 0.5, 0.5], [2, 3]), [0.7, -1, 0.4, 0.1, 2, -0.6]];
    const v = tensor(direction, [2, 3]);
    const slopeAlong = (x: Tensor) =>
      tidy(() => sum(mul(v, gradients((at) => crossEntropy(at, target), [x])[0]!)));
    const [product] = gradients(slopeAlong, [tensor(logits, [2, 3])]);
    const values = await product!.data();
    const p = logSoftmaxOf(logits, 3).map(Math.exp);
    for (const b of [0, 1]) {
      const along = [0, 1, 2].reduce((total, k) => total + p[3 * b + k]! * direction[3 * b + k]!, 0);
      for (const k of [0, 1, 2])
        expect(values[3 * b + k]).toBeCloseTo((b + 1) * p[3 * b + k]! * (direction[3 * b + k]! - along), 6);
    }
  });

  it("has right gradients through a classifier in training, batch statistics included", async () => {
    const [inputShape, count, classes] = [[2, 2, 3], 4, 3];
    const head = pooledHead({ inputShape, classes, random, epsilon: 1e-2 });
    const model = createClassifier({ features: actNorm({ inputShape }), head });
    const names = Object.keys(model.parameters);
    const start = names.map((name, i) =>
      Array.from(random.fold(i).normalArray(model.parameters[name]!.size), (value) => 0.5 * value),
    );
    assign(model.parameters, Object.fromEntries(names.map((name, i) => [name, start[i]!])));
    const x = random.fold("x").normal([count, ...inputShape]);
    const labels = [2, 0, -1, 1];
    const target = tensor(oneHot(labels, classes).values, [count, classes]);
    const { value, gradients: slopes } = valueAndGradients(
      () => sum(crossEntropy(model.logits(x, { training: true }), target)),
      Object.values(model.parameters),
    );

    const input = [...(await x.data())];
    const loss64 = (at: readonly (readonly number[])[]) => {
      const [scale, move, logScale, shift, weight, bias] = at as [
        number[],
        number[],
        number[],
        number[],
        number[],
        number[],
      ];
      const z = input.map((v, i) => v * Math.exp(scale[i % 3]!) + move[i % 3]!);
      const logits = pooledLogits(z, count, { logScale, shift, weight, bias }, statisticsOf(z, 3), 1e-2);
      const rows = labels.flatMap((label) => [0, 1, 2].map((k) => Number(k === label)));
      return lossesOf(logits, rows, classes).reduce((a, b) => a + b, 0);
    };
    expect(names.map((name) => name.split(".").slice(1).join("."))).toEqual([
      ...["logScale", "shift", "norm.logScale", "norm.shift", "weight", "bias"],
    ]);
    expect((await value.data())[0]).toBeCloseTo(loss64(start), 5);
    for (const [i, slope] of slopes.entries()) {
      const values = await slope.data();
      start[i]!.forEach((_, j) => {
        const moved = (by: number) =>
          loss64(start.map((list, m) => (m === i ? list.map((v, n) => (n === j ? v + by : v)) : list)));
        const expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        // float32 rounding through the backward pass; differences in float64 are good to 1e-9.
        expect(Math.abs(values[j]! - expected), `${names[i]}[${j}]`).toBeLessThan(2e-5);
      });
    }
  });
});

describe("crossEntropy", () => {
  beforeAll(() => startBackend("wasm"));

  it("refuses shapes that do not fit", () => {
    expect(() => crossEntropy(zeros([2, 3]), zeros([2, 4]))).toThrow(
      "crossEntropy target: expected [2, 3], one row for each of logits, received [2, 4]",
    );
    expect(() => crossEntropy(zeros([2, 3]), zeros([3]))).toThrow(ShapeError);
    expect(() => crossEntropy(zeros([3]), zeros([3]))).toThrow(
      "crossEntropy logits: expected [B, classes], received [3]",
    );
    expect(() => crossEntropy(zeros([2, 3]), [0, 1] as unknown as Tensor)).toThrow(
      "crossEntropy target: expected a tensor, received [0,1]",
    );
  });
});
