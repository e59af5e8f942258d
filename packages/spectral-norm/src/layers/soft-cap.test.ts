import {
  countOperations,
  createRandom,
  dispose,
  gradients,
  mul,
  ones,
  sub,
  sum,
  tensor,
  tidy,
} from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { matrixVectors } from "../estimates/matrix-vectors.ts";
import { normalise } from "../estimates/normalise.ts";
import { softCap } from "../index.ts";

// The kernels know these operations only by name. If one side changes a name alone, this test finds it: composed, each makes many calls.
it("takes one kernel on wasm, as its gradient, a normalisation and a power iteration do", async () => {
  await startBackend("wasm");
  const weight = createRandom(1).normal([3, 2]);
  const callsOf = async (run: () => Tensor) => {
    const { result, operations } = await countOperations(run);
    dispose(result);
    return operations.kernelCalls;
  };
  const matrix = { rows: 3, columns: 2, transposed: true };
  expect(await callsOf(() => softCap(weight, weight, 0.5))).toBe(1);
  expect(await callsOf(() => normalise(weight))).toBe(1);
  expect(await callsOf(() => tidy(() => matrixVectors(matrix, weight, ones([1, 2]), 1).u))).toBe(1);
  // The value and the gradient.
  expect(await callsOf(() => gradients((w) => softCap(w!, weight, 0.5), [weight], weight)[0]!)).toBe(2);
  dispose(weight);
});

describe.each(["cpu", "wasm"] as const)("softCap on %s", (backend) => {
  beforeAll(() => startBackend(backend));
  const c = 0.5;

  /** W / max(1, <G, W>/c) in float64. */
  const reference = (w: number[], g: number[]) => {
    const sigma = w.reduce((total, x, i) => total + x * g[i]!, 0);
    return w.map((x) => x / Math.max(1, sigma / c));
  };
  const w = [0.3, -0.7, 1.1, 0.2];
  const unit = [0.1, -0.5, 0.8, 0.3];

  it.each([
    ["above", 1],
    ["below", 0.1],
  ])("gives values and first and second derivatives %s the cap", async (_, scale) => {
    const scaled = w.map((x) => x * scale);
    const [weight, gradient, dy, probe] = [scaled, unit, [0.4, -0.2, 0.9, 1], [1, 2, -1, 0.5]].map((x) =>
      tensor(x),
    );
    const got = await softCap(weight!, gradient!, c).data();
    reference(scaled, unit).forEach((value, i) => expect(got[i]).toBeCloseTo(value, 6));

    const step = 1e-5;
    const first = (at: number[]) =>
      at.map((_, i) => {
        const moved = (by: number) =>
          reference(
            at.map((x, j) => x + (i === j ? by : 0)),
            unit,
          );
        const [up, down] = [moved(step), moved(-step)];
        return up.reduce((total, x, j) => total + ((x - down[j]!) / (2 * step)) * [0.4, -0.2, 0.9, 1][j]!, 0);
      });
    const gotFirst = await gradients((x) => softCap(x!, gradient!, c), [weight!], dy)[0]!.data();
    first(scaled).forEach((value, i) => expect(gotFirst[i]).toBeCloseTo(value, 4));

    const second = await gradients(
      (x) => sum(mul(gradients((z) => softCap(z!, gradient!, c), [x!], dy)[0]!, probe!)),
      [weight!],
    )[0]!.data();
    const h = 1e-3;
    scaled.forEach((_, i) => {
      const moved = (by: number) =>
        first(scaled.map((x, j) => x + (i === j ? by : 0))).reduce(
          (total, x, j) => total + x * [1, 2, -1, 0.5][j]!,
          0,
        );
      expect(second[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 3);
    });
  });

  it("also has the gradient with respect to G", async () => {
    const [weight, gradient] = [tensor(w), tensor(unit)];
    const got = await gradients((g) => softCap(weight, g!, c), [gradient])[0]!.data();
    unit.forEach((_, i) => {
      const total = (by: number) =>
        reference(
          w,
          unit.map((x, j) => x + (i === j ? by : 0)),
        ).reduce((a, b) => a + b, 0);
      expect(got[i]).toBeCloseTo((total(1e-4) - total(-1e-4)) / 2e-4, 4);
    });
  });

  // L = <g, d<dy, softCap(W, G)>/dW>, whose derivatives are those of the gradient.
  it.each([
    ["above", 1],
    ["below", 0.1],
  ])("its gradient has the derivatives by dy, W and G %s the cap", async (_, scale) => {
    const dot = (a: readonly number[], b: readonly number[]) =>
      a.reduce((total, x, i) => total + x * b[i]!, 0);
    const probe = [1, 2, -1, 0.5];
    const at = { dy: [0.4, -0.2, 0.9, 1], weight: w.map((x) => x * scale), normGradient: unit };
    const loss = ({ dy, weight, normGradient }: typeof at) => {
      const sigma = dot(weight, normGradient);
      if (sigma <= c) return dot(dy, probe);
      return (c / sigma) * (dot(dy, probe) - (dot(dy, weight) * dot(normGradient, probe)) / sigma);
    };
    const got = gradients(
      (dy, weight, normGradient) =>
        mul(gradients((x) => softCap(x!, normGradient!, c), [weight!], dy)[0]!, tensor(probe)),
      Object.values(at).map((x) => tensor(x)),
    );
    for (const [k, name] of (["dy", "weight", "normGradient"] as const).entries()) {
      const values = await got[k]!.data();
      at[name].forEach((_, i) => {
        const moved = (by: number) => loss({ ...at, [name]: at[name].map((x, j) => x + (i === j ? by : 0)) });
        // Central differences in float64 are good to 1e-9, and float32 to a few 1e-7.
        expect(values[i], `${name} ${i}`).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
      });
    }
  });

  it("is the identity for zero weights, with gradient dy", async () => {
    const zero = tensor([0, 0, 0, 0]);
    const random = createRandom(1).normal([4]);
    const [got] = gradients((x) => softCap(x!, tensor(unit), c), [zero], random);
    const difference = sub(got!, random);
    expect(Array.from(await difference.data())).toEqual([0, 0, 0, 0]);
    dispose([difference]);
  });
});
