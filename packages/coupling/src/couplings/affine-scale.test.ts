import { rebuild } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { createRandom, mul, tensor, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { affineCoupling, autoregressiveAffine, couplingTypes, denseConditioner } from "../index.ts";
import type { AffineCouplingOptions } from "../index.ts";

const random = createRandom(23);
const evaluation = { random, training: false } as const;

type ScaleOptions = Pick<AffineCouplingOptions, "scale" | "logScaleBound">;

const coupling = (features: number, i: number, options: ScaleOptions) =>
  affineCoupling({
    inputShape: [features],
    conditioner: denseConditioner({ hidden: [32, 32], random: random.fold(i) }),
    passThrough: i % 2 === 0 ? "first" : "second",
    ...options,
  });
const autoregressive = (features: number, i: number, options: ScaleOptions) =>
  autoregressiveAffine({ inputShape: [features], hidden: [32, 32], random: random.fold(i), ...options });

/** Weights as far from their start as training moves them. */
function moved(layer: Bijection, deviation: number): Bijection {
  for (const [name, variable] of Object.entries(layer.parameters))
    tidy(() => variable.assign(variable.add(mul(random.fold(name).normal(variable.shape), deviation))));
  return layer;
}

/** log N(y; 0, I) + log-dets of the layers one after another. */
async function logDensity(layers: readonly Bijection[], x: Tensor) {
  const density = tidy(() => {
    let y = x;
    let total: Tensor = mul(x.sum(1), 0);
    for (const layer of layers) {
      const result = layer.forwardAndLogDet(y, evaluation);
      [y, total] = [result.y, total.add(result.logDet) as Tensor];
    }
    return total.sub(y.square().sum(1).mul(0.5));
  });
  return density.data();
}

describe.each(["cpu", "wasm"] as const)("an affine scale on %s", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each([
    ["20 couplings", coupling, 20],
    ["10 autoregressive layers", autoregressive, 10],
  ] as const)("has finite densities out to 1e4 standard deviations: %s", async (_, make, count) => {
    const stack = (options: ScaleOptions) =>
      Array.from({ length: count }, (_, i) => moved(make(4, i, options), 0.1));
    const bounded = stack({ scale: "exp" });
    const published = stack({ scale: "exp", logScaleBound: Infinity });
    const directions = random.fold("directions").normal([200, 4]);
    for (const deviations of [1, 10, 100, 1000, 1e4]) {
      const x = directions.mul(deviations) as Tensor;
      const values = await logDensity(bounded, x);
      expect(values.every(Number.isFinite), `${deviations} deviations`).toBe(true);
      // Far outside the data, every density is small.
      if (deviations >= 100) expect(Math.max(...values)).toBeLessThan(-100);
    }
    const outside = await logDensity(published, directions.mul(1e4));
    expect(outside.every(Number.isFinite)).toBe(false);
  });

  it("is exp(B tanh(s/B)) with B = 3 unless another bound is given", async () => {
    for (const [options, bound] of [
      [{}, 3],
      [{ logScaleBound: 0.5 }, 0.5],
      [{ logScaleBound: 40 }, 40],
    ] as const) {
      const layer = autoregressive(1, 0, { scale: "exp", ...options });
      for (const s of [-50, -2, 0, 0.3, 1, 7]) {
        tidy(() => layer.parameters["network.2.bias"]!.assign(tensor([0.5, -s])));
        const { y, logDet } = layer.forwardAndLogDet(tensor([[1.5]]), evaluation);
        const logScale = bound * Math.tanh(s / bound);
        expect((await logDet.data())[0]).toBeCloseTo(logScale, 5);
        expect((await y.data())[0]! / Math.exp(logScale)).toBeCloseTo(1, 5);
      }
    }
  });
});

describe("options of an affine scale", () => {
  it.each([
    [{ scale: "exp", logScaleBound: 0 }, "logScaleBound: expected a number in (0, Infinity), received 0"],
    [{ scale: "exp", logScaleBound: NaN }, "logScaleBound: expected a number in (0, Infinity), received NaN"],
    [{ logScaleBound: 2 }, 'logScaleBound: expected none, because only the scale "exp" has one, received 2'],
  ] as const)("refuse %o", (options, message) => {
    expect(() => coupling(4, 0, options)).toThrow(`affineCoupling.${message}`);
    expect(() => autoregressive(4, 0, options)).toThrow(`autoregressiveAffine.${message}`);
  });

  it("default to no bound in files from before the bound existed", () => {
    for (const make of [coupling, autoregressive]) {
      const { name, config } = make(4, 0, { scale: "exp" });
      expect(config["logScaleBound"]).toBe(3);
      const { logScaleBound: _, ...old } = config;
      const loaded = rebuild({ layer: name, config: old }, couplingTypes, random);
      expect(loaded.config["logScaleBound"]).toBe(null);
    }
  });
});
