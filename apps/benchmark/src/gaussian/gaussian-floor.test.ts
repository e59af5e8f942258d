import { startBackend } from "@invertible/ops/backend";
import { memory } from "@invertible/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { cholesky, traceOfInverse } from "./cholesky.ts";
import { gaussianFloor } from "./gaussian-floor.ts";
import { gaussianMoments } from "./moments.ts";

beforeAll(() => startBackend("wasm"));

const { signal } = new AbortController();
const logTwoPi = Math.log(2 * Math.PI);

describe("gaussianFloor", () => {
  it("of points in the plane is the closed form", async () => {
    // Mean (1, 2), variances 4 and 1, covariance 1: determinant 3, inverse [[1, -1], [-1, 4]] / 3.
    const train = {
      values: Float32Array.of(1 + 2, 2 + 0.5, 1 - 2, 2 - 0.5, 1 + 2, 2 + 0.5, 1 - 2, 2 - 0.5),
      shape: [2],
      count: 4,
    };
    const root = Math.sqrt(0.75);
    [1, -1, -1, 1].forEach((sign, i) => (train.values[2 * i + 1]! += sign * root));
    const test = { values: Float32Array.of(1, 2, 4, 2, 1, 5), shape: [2], count: 3 };
    const nlls = [0, 9 / 3, (4 * 9) / 3].map((distance) => (2 * logTwoPi + Math.log(3) + distance) / 2);
    const mean = nlls.reduce((a, b) => a + b) / 3;
    const variance = nlls.reduce((total, nll) => total + (nll - mean) ** 2, 0) / 2;
    const floor = await gaussianFloor(train, test, signal);
    // float32 holds the training points to 1e-7.
    expect(floor!.meanNll).toBeCloseTo(mean, 6);
    expect(floor!.standardError).toBeCloseTo(Math.sqrt(variance / 3), 6);
  });

  it("of one pixel averages over the noise of dequantisation", async () => {
    // Mean 11 and variance 1, with the noise 11.5 and 13/12.
    const train = { values: Uint8Array.of(10, 12), shape: [1, 1, 1], count: 2 };
    const test = { values: Uint8Array.of(14), shape: [1, 1, 1], count: 1 };
    const c = 13 / 12;
    // The mean of (3 - 1/2 + u)^2 over u in [0, 1) is 9 + 1/12.
    const expected = (logTwoPi + Math.log(c) + (9 + 1 / 12) / c) / 2;
    expect((await gaussianFloor(train, test, signal))!.meanNll).toBeCloseTo(expected, 12);
  });

  it("of images that are always black is that of the noise alone", async () => {
    const black = { values: new Uint8Array(5 * 16), shape: [4, 4, 1], count: 5 };
    const expected = (16 * (logTwoPi + Math.log(1 / 12) + 1)) / 2;
    expect((await gaussianFloor(black, black, signal))!.meanNll).toBeCloseTo(expected, 10);
  });

  it("is unknown where columns depend on each other", async () => {
    const values = Float32Array.from({ length: 60 }, (_, i) => Math.fround(i >> 1));
    const rows = { values, shape: [2], count: 30 };
    expect(await gaussianFloor(rows, rows, signal)).toBeNull();
  });
});

describe("gaussianMoments", () => {
  it("are exact sums of bytes, also over several parts", async () => {
    // 255 everywhere is where float32 would lose the sums first.
    const tensors = memory().numTensors;
    const count = 600;
    const values = Uint8Array.from({ length: 3 * count }, (_, i) => [255, 255, (i * 7) % 256][i % 3]!);
    const { mean, covariance } = await gaussianMoments({ values, shape: [3], count }, signal);
    expect([mean[0], covariance[0], covariance[3]]).toEqual([255, 0, 0]);
    const third = [...values].filter((_, i) => i % 3 === 2);
    const average = third.reduce((a, b) => a + b) / count;
    expect(mean[2]).toBe(average);
    expect(covariance[8]).toBeCloseTo(third.reduce((sum, x) => sum + (x - average) ** 2, 0) / count, 8);
    expect(memory().numTensors).toBe(tensors);
  });
});

describe("cholesky", () => {
  it("factors, and gives the trace of the inverse", () => {
    // L = [[2, 0], [1, 3]]: A = [[4, 2], [2, 10]], whose inverse is [[10, -2], [-2, 4]] / 36.
    const l = cholesky(Float64Array.of(4, 0, 2, 10), 2)!;
    expect([...l]).toEqual([2, 0, 1, 3]);
    expect(traceOfInverse(l, 2)).toBeCloseTo(14 / 36, 14);
    expect(cholesky(Float64Array.of(1, 0, 2, 1), 2)).toBeNull();
  });
});
