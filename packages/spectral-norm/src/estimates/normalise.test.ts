import { createRandom, dispose, gradients, mul, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { normalise } from "./normalise.ts";

describe.each(["cpu", "wasm"] as const)("normalise on %s", (backend) => {
  beforeAll(() => startBackend(backend));
  const length = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));

  // No multiple of a vector of four, and more than a float32 sum adds up without loss.
  it.each([[1], [7], [3, 5], [1, 28, 28, 63]])("makes the length 1: shape %s", async (...shape) => {
    const x = createRandom(1).normal(shape as number[]);
    const y = normalise(x);
    expect(y.shape).toEqual(shape);
    const [before, after] = [await x.data<"float32">(), await y.data<"float32">()];
    const exact = length(before);
    after.forEach((value, i) =>
      expect(Math.abs(value - before[i]! / exact)).toBeLessThan(3e-7 * Math.max(Math.abs(value), 1e-3)),
    );
    dispose([x, y]);
  });

  it("is 0 for a zero vector, and NaN where an entry is NaN", async () => {
    expect([...(await normalise(tensor([0, 0, 0])).data())]).toEqual([0, 0, 0]);
    expect([...(await normalise(tensor([1, NaN, 0])).data())]).toEqual([NaN, NaN, NaN]);
  });

  it("has first and second derivatives", async () => {
    const at = [0.3, -0.7, 1.1];
    const [p, q] = [
      [1, 2, -1],
      [0.5, -1, 0.25],
    ];
    const value = (x: number[]) => x.reduce((total, v, i) => total + (v / length(x)) * p![i]!, 0);
    const slopes = (f: (x: number[]) => number, h: number) => (x: number[]) =>
      x.map((_, i) => {
        const moved = (by: number) => f(x.map((v, j) => v + (i === j ? by : 0)));
        return (moved(h) - moved(-h)) / (2 * h);
      });
    const first = slopes(value, 1e-5);
    const second = slopes((x) => first(x).reduce((total, v, i) => total + v * q![i]!, 0), 1e-4);

    const slope = (x: ReturnType<typeof tensor>) => gradients((z) => normalise(z!), [x], tensor(p!))[0]!;
    const gotFirst = await slope(tensor(at)).data();
    const gotSecond = await gradients((x) => mul(slope(x!), tensor(q!)), [tensor(at)])[0]!.data();
    // Differences of differences in float64 are good to 1e-6.
    first(at).forEach((v, i) => expect(gotFirst[i]).toBeCloseTo(v, 5));
    second(at).forEach((v, i) => expect(gotSecond[i]).toBeCloseTo(v, 5));
  });
});
