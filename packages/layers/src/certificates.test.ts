import { certify } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import {
  createRandom,
  identity64,
  matrix64,
  memory,
  multiply64,
  qrDecompose,
  singularValues,
  tensor,
  tidy,
  transpose64,
} from "@invertible/ops";
import type { Matrix64 } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { expAbove } from "./exp-above.ts";
import {
  actNorm,
  affine,
  injectivePadding,
  invertibleConv1x1,
  logit,
  permutation,
  squeeze,
  uniformDequantisation,
} from "./index.ts";
import { mixingBounds } from "./mixing-bounds.ts";
import { pluFactors } from "./plu-factors.ts";

const random = createRandom(41);

/** The certificate of the layer with these values in its one interesting parameter. */
async function certified(layer: Bijection, name?: string, values?: readonly number[]) {
  const parameter = name === undefined ? undefined : layer.parameters[name]!;
  if (parameter) tidy(() => parameter.assign(tensor(Float32Array.from(values!), parameter.shape)));
  const before = memory().numTensors;
  const { forward, inverse, layers } = await certify(layer);
  expect(memory().numTensors).toBe(before);
  expect(layers).toEqual([{ path: "", layer: layer.name, forward, inverse }]);
  return { forward, inverse };
}

/** Expects a value at or above `exact`, by at most the fraction `slack`. */
function expectTight(bound: number, exact: number, slack: number): void {
  expect(bound).toBeGreaterThanOrEqual(exact);
  expect(bound).toBeLessThanOrEqual(exact * (1 + slack));
}

describe("certificates", () => {
  beforeAll(() => startBackend("wasm"));

  it("of actNorm are the largest scale and the largest inverse scale", async () => {
    const { forward, inverse } = await certified(
      actNorm({ inputShape: [2, 2, 3] }),
      "logScale",
      [2, -3, 0.5],
    );
    expectTight(forward, Math.exp(2), 1e-15);
    expectTight(inverse, Math.exp(3), 1e-15);
    // There are more channels than a call can take arguments.
    const wide = await certified(actNorm({ inputShape: [300_000] }));
    expectTight(wide.forward, 1, 1e-15);
    expectTight(wide.inverse, 1, 1e-15);
    await expect(certified(actNorm({ inputShape: [2] }), "logScale", [0, NaN])).rejects.toThrow(
      new NonFiniteError("actNorm.certify: expected finite parameters, received NaN"),
    );
  });

  it("round the exponential up, by no more than its error", () => {
    expect(expAbove(1)).toBeGreaterThan(Math.E); // the float64 next to e lies below it
    expect(expAbove(0)).toBeGreaterThan(1);
    for (let x = -300; x < 300; x += 0.37) expectTight(expAbove(x) * expAbove(-x), 1, 2 ** -48);
  });

  it("are constants for affine, injectivePadding, permutation, squeeze and uniformDequantisation", async () => {
    const inputShape = [2, 2, 3];
    const scaled = await certified(affine({ inputShape, scale: -3, shift: 9 }));
    expect(scaled.forward).toBe(3);
    expectTight(scaled.inverse * 3, 1, 2 ** -51);
    expect(await certified(permutation({ inputShape, order: "reverse" }))).toEqual({
      forward: 1,
      inverse: 1,
    });
    expect(await certified(squeeze({ inputShape }))).toEqual({ forward: 1, inverse: 1 });
    const padding = injectivePadding({ inputShape, channels: 2 });
    expect(await certified(padding)).toEqual({ forward: 1, inverse: 1 });
    const { forward, inverse } = await certified(uniformDequantisation({ inputShape, bins: 100 }));
    expectTight(forward * 100, 1, 2 ** -51);
    expect(inverse).toBe(Infinity);
  });

  it.each([1e-6, 0.05, 0.3, 0.49999])(
    "of logit are the slopes at the ends and in the middle, for alpha %f",
    async (alpha) => {
      const p = (x: number) => alpha + (1 - 2 * alpha) * x;
      const slope = (x: number) => (1 - 2 * alpha) / p(x) / p(1 - x);
      const { forward, inverse } = await certified(logit({ inputShape: [2], alpha }));
      // The slope here is a float64 value with errors of its own.
      expectTight(forward * (1 + 1e-14), slope(0), 1e-13);
      expectTight(inverse * (1 + 1e-14), 1 / slope(0.5), 1e-13);
      for (let x = 0; x <= 1; x += 1 / 64) {
        expect(slope(x)).toBeLessThanOrEqual(forward * (1 + 1e-14));
        expect(1 / slope(x)).toBeLessThanOrEqual(inverse * (1 + 1e-14));
      }
    },
  );

  it("of logit without alpha have no forward bound, because the slope at 0 is infinite", async () => {
    expect(await certified(logit({ inputShape: [2], alpha: 0 }))).toEqual({
      forward: Infinity,
      inverse: 0.25,
    });
  });

  it.each([1, 2, 3, 8, 24, 48])(
    "of invertibleConv1x1 are the extreme singular values, for %i channels",
    async (channels) => {
      const layer = invertibleConv1x1({ inputShape: [2, 2, channels], random });
      const start = await certified(layer);
      expect(start.forward).toBeGreaterThan(1 - 1e-6); // orthogonal up to float32
      expect(start.forward).toBeLessThan(1 + 1e-4);
      expect(start.inverse).toBeLessThan(1 + 1e-4);
      const noise = random.fold(channels).normalArray(channels ** 2);
      const packed = Float32Array.from(noise, (value) => 0.2 * value);
      const { signs } = layer.config as { signs: number[] };
      const { forward, inverse } = await certified(layer, "factors", [...packed]);
      const values = singularValues(weightOf(matrix64(channels, channels, packed), signs));
      // The SVD and the float64 product are good to a few eps times the condition.
      const trust = 1e-14 * (values[0]! / values.at(-1)!) * channels;
      expectTight(forward * (1 + trust), values[0]!, 2e-6 + 2 * trust);
      expectTight(inverse * (1 + trust), 1 / values.at(-1)!, 2e-6 + 2 * trust);
    },
  );

  it("of invertibleConv1x1 throw for NaN weights", async () => {
    const layer = invertibleConv1x1({ inputShape: [2], random });
    await expect(certified(layer, "factors", [0, NaN, 0, 0])).rejects.toThrow(
      "invertibleConv1x1.certify: expected finite factors, received NaN",
    );
  });
});

/** L (U + D) in plain float64, computed independently of `mixingBounds`. */
function weightOf({ rows, columns, data }: Matrix64, signs: readonly number[]): Matrix64 {
  const part = (value: (row: number, column: number, entry: number) => number) =>
    matrix64(
      rows,
      columns,
      data.map((entry, at) => value(Math.floor(at / columns), at % columns, entry)),
    );
  return multiply64(
    part((row, column, entry) => (row > column ? entry : row === column ? 1 : 0)),
    part((row, column, entry) => (row < column ? entry : row === column ? signs[row]! * Math.exp(entry) : 0)),
  );
}

describe("mixingBounds", () => {
  const bounds = (matrix: Matrix64) => {
    const { packed, signs } = pluFactors(matrix);
    return mixingBounds("test", { ...matrix, data: packed }, signs);
  };

  it("is at least the norm and the inverse's norm of integer matrices whose inverse is integer", () => {
    // [[a, b], [b, -a]] is |(a, b)| times an isometry.
    for (const [a, b, c] of [
      [3, 4, 5],
      [20, 21, 29],
      [119, 120, 169],
    ] as const) {
      // The stored factors are rounded, and the bounds are for these. Their product is right to a few eps.
      const { forward, inverse } = bounds(matrix64(2, 2, [a, b, b, -a]));
      expectTight(forward * (1 + 1e-14), c, 2e-6);
      expectTight(inverse * (1 + 1e-14), 1 / c, 2e-6);
    }
  });

  it("bounds condition numbers up to about 1e13, and proves nothing about worse inverses", () => {
    const size = 12;
    const orthogonal = (key: string) =>
      qrDecompose(matrix64(size, size, Float64Array.from(random.fold(key).normalArray(size ** 2)))).q;
    for (const condition of [1, 1e3, 1e8, 1e11, 1e13]) {
      const spectrum = identity64(size);
      for (let i = 0; i < size; i++) spectrum.data[i * (size + 1)] = condition ** (-i / (size - 1));
      const matrix = multiply64(multiply64(orthogonal("u"), spectrum), transpose64(orthogonal("v")));
      const { forward, inverse } = bounds(matrix);
      expectTight(forward * (1 + 1e-13), 1, 2e-6);
      // The matrix itself has its smallest singular value only to 1e-15.
      const blur = 2e-14 * condition;
      expect(inverse * (1 + blur)).toBeGreaterThanOrEqual(condition);
      expect(inverse).toBeLessThanOrEqual(condition * (1 + 2e-6 + blur) * (condition < 1e12 ? 1 : 3));
    }
    expect(mixingBounds("test", matrix64(2, 2, [0, 1, 1e9, -40]), [1, 1]).inverse).toBe(Infinity);
    expect(mixingBounds("test", matrix64(2, 2, [0, 0, 0, 800]), [1, 1]).forward).toBe(Infinity);
    expect(mixingBounds("test", matrix64(2, 2, [0, 0, 0, -800]), [1, 1]).inverse).toBe(Infinity);
    expect(mixingBounds("test", matrix64(2, 2, [0, 0, 0, -800]), [1, 1]).forward).toBeLessThan(1 + 1e-6);
  });
});
