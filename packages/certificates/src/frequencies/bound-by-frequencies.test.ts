import { conv2d, createRandom, dispose, singularValues } from "@invertible/ops";
import type { LinearOperator } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { boundByFrequencies } from "./bound-by-frequencies.ts";
import { boundEuclidean } from "../bound-euclidean.ts";
import { turn } from "./symbol-gram.ts";
import type { Convolution64 } from "../convolution64.ts";
import { directSum } from "../direct-sum.ts";
import { angleErrors } from "../../test-support/exact.ts";
import { readWeights } from "../../test-support/read-weights.ts";
import { unroll } from "../../test-support/unrolled.ts";

beforeAll(() => startBackend("wasm"));

interface Kind {
  readonly kernelSize: number;
  readonly stride: 1 | 2;
  readonly size: readonly [number, number];
  readonly channels: readonly [number, number];
}

async function measure(operator: LinearOperator): Promise<{ excess: number }> {
  const { scale, convolution } = directSum(await readWeights(operator))[0]!;
  const bound = Math.sqrt(boundByFrequencies(convolution)) * scale;
  return { excess: bound / singularValues(await unroll(operator))[0]! - 1 };
}

describe("boundByFrequencies", () => {
  // Maps are small, because the exact norm needs an SVD. `certifyOperator` bounds such maps by factorisation; here the excess
  // is largest.
  it.each<{ kind: Kind; median: number; worst: number }>([
    { kind: { kernelSize: 3, stride: 1, size: [4, 4], channels: [4, 4] }, median: 0.1, worst: 0.2 },
    { kind: { kernelSize: 3, stride: 1, size: [5, 7], channels: [3, 4] }, median: 0.06, worst: 0.12 },
    { kind: { kernelSize: 3, stride: 1, size: [10, 9], channels: [1, 4] }, median: 0.02, worst: 0.05 },
    { kind: { kernelSize: 3, stride: 2, size: [9, 9], channels: [2, 3] }, median: 0.05, worst: 0.1 },
    { kind: { kernelSize: 3, stride: 2, size: [10, 8], channels: [2, 8] }, median: 0.04, worst: 0.1 },
    { kind: { kernelSize: 2, stride: 1, size: [5, 7], channels: [3, 4] }, median: 0.06, worst: 0.12 },
    { kind: { kernelSize: 4, stride: 2, size: [9, 10], channels: [2, 3] }, median: 0.08, worst: 0.15 },
    { kind: { kernelSize: 5, stride: 1, size: [10, 10], channels: [2, 2] }, median: 0.08, worst: 0.15 },
    { kind: { kernelSize: 5, stride: 2, size: [12, 12], channels: [2, 2] }, median: 0.08, worst: 0.15 },
  ])("is never below the norm and close to it: $kind", async ({ kind, median, worst }) => {
    const { kernelSize: k, stride, size, channels } = kind;
    const excesses: number[] = [];
    for (let seed = 1; seed <= 9; seed++) {
      const kernel = createRandom(seed).normal([k, k, ...channels]);
      const { excess } = await measure(conv2d(kernel, { inputShape: [...size, channels[0]], stride }));
      expect(excess).toBeGreaterThanOrEqual(-1e-13);
      excesses.push(excess);
      dispose(kernel);
    }
    excesses.sort((a, b) => a - b);
    console.info(
      `excess ${JSON.stringify(kind)}: median ${excesses[4]!.toFixed(4)}, worst ${excesses[8]!.toFixed(4)}`,
    );
    expect(excesses[4]).toBeLessThan(median);
    expect(excesses[8]).toBeLessThan(worst);
  });

  it("needs few frequencies for large images, and bounds [1, 0, -1] from grid points beside its peak", () => {
    const taps = [1, -1].map((weight, i) => ({ dy: 0, dx: 2 * i - 1, block: Float64Array.of(weight) }));
    const geometry = {
      height: 1,
      width: 201,
      outHeight: 1,
      outWidth: 201,
      stride: 1,
      inputs: 1,
      outputs: 1,
    } as const;
    const bound = Math.sqrt(boundByFrequencies({ ...geometry, taps }, 0, 0));
    // The operator is two chains of every second pixel. |symbol| = 2 |sin w|, which is at most 2 cos(pi / 16) = 1.96 on the
    // twisted grid of 16.
    expect(bound).toBeGreaterThanOrEqual(2 * Math.cos(Math.PI / 102));
    expect(bound).toBeGreaterThanOrEqual(2);
    expect(bound).toBeLessThan(2 * (1 + 1e-6));
  });

  it.each([
    { kernelSize: 3, stride: 1, size: [30, 21], channels: [2, 3] },
    { kernelSize: 5, stride: 1, size: [40, 37], channels: [1, 2] },
    { kernelSize: 3, stride: 2, size: [41, 38], channels: [1, 2] },
    { kernelSize: 4, stride: 1, size: [33, 30], channels: [1, 2] },
  ] as const)(
    "thins a grid out at the cost of 4 % or less: $kernelSize, stride $stride, $size",
    async (kind) => {
      const { kernelSize: k, stride, size, channels } = kind;
      for (const seed of [1, 2, 3]) {
        const kernel = createRandom(seed).normal([k, k, ...channels]);
        const operator = conv2d(kernel, { inputShape: [...size, channels[0]], stride });
        const { convolution } = directSum(await readWeights(operator))[0]!;
        const thinned = Math.sqrt(boundByFrequencies(convolution, 0, 0));
        const proven = boundEuclidean(convolution);
        expect(proven.method).toBe("cholesky");
        // That bound is at most 1e-5 above the norm.
        expect(thinned).toBeGreaterThan(proven.bound * (1 - 1e-5));
        // The symbol is evaluated at almost all frequencies, those of a large image.
        const large = { height: 200, width: 200, outHeight: 200 / stride, outWidth: 200 / stride };
        const largest = Math.sqrt(boundByFrequencies({ ...convolution, ...large }));
        expect(thinned).toBeLessThan(largest * 1.041);
        expect(boundByFrequencies(convolution, 2 * thinned ** 2, 0)).toBe(2 * thinned ** 2);
        dispose(kernel);
      }
    },
  );

  it("is exact for [1, 1, 1], whose norm on n pixels is 1 + 2 cos(pi / (n + 1)): one twisted grid has that frequency", () => {
    for (const n of [2, 3, 8, 20]) {
      const taps = [-1, 0, 1].map((dx) => ({ dy: 0, dx, block: Float64Array.of(1) }));
      const sizes = {
        height: 1,
        width: n,
        outHeight: 1,
        outWidth: n,
        stride: 1,
        inputs: 1,
        outputs: 1,
      } as const;
      const norm = 1 + 2 * Math.cos(Math.PI / (n + 1));
      const bound = Math.sqrt(boundByFrequencies({ ...sizes, taps }));
      expect(bound).toBeGreaterThanOrEqual(norm);
      expect(bound).toBeLessThanOrEqual(norm * (1 + 1e-6));
    }
  });

  it("is never below the factorised operator, on maps of any shape and with any wide kernel", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const convolution = random(seed);
      const frequencies = Math.sqrt(boundByFrequencies(convolution));
      const { bound, method } = boundEuclidean(convolution);
      if (method === "cholesky") expect(frequencies).toBeGreaterThanOrEqual(bound * (1 - 1e-5));
    }
  });

  it("is what certify falls back on for large maps, about 1 % above the norm on 14 x 14", async () => {
    const kernel = createRandom(1).normal([3, 3, 32, 32]);
    const { convolution } = directSum(await readWeights(conv2d(kernel, { inputShape: [14, 14, 32] })))[0]!;
    const { bound, method } = boundEuclidean(convolution);
    expect(method).toBe("dft");
    // The norm from below, by power iteration in float64 on the taps themselves.
    const norm = powerIterate(convolution, 60);
    expect(bound).toBeGreaterThanOrEqual(norm);
    expect(bound).toBeLessThan(norm * 1.05);
    dispose(kernel);
  });
});

describe("turn", () => {
  it("is cos and sin of the exact angle to 2^-49, which the proof assumes of this engine", () => {
    for (const n of [1, 2, 3, 7, 16, 30, 59, 226])
      for (let a = 0; a < 2 * n; a++)
        for (const lag of [0, 1, -2, 5]) {
          const { cos, sin } = turn({ a, n }, lag);
          const turns = ((((lag * a) % (2 * n)) + 3 * n) % (2 * n)) - n;
          expect(Math.max(...angleErrors(turns, n, cos, sin))).toBeLessThan(2 ** -49);
        }
  });
});

/** Draws any geometry, even with kernels that are one-sided or wider than the map. */
function random(seed: number): Convolution64 {
  const draws = createRandom(seed).uniformArray(8);
  const pick = (at: number, most: number) => 1 + Math.floor(draws[at]! * most);
  const [height, width, inputs, outputs] = [pick(0, 6), pick(1, 6), pick(2, 3), pick(3, 3)];
  const stride = draws[4]! < 0.5 ? 1 : 2;
  const [up, left] = [pick(5, 3), pick(6, 3)];
  const values = createRandom(seed).fold("weights");
  const offsets = Array.from({ length: up + 2 }, (_, y) =>
    Array.from({ length: left + 2 }, (_, x) => [y - up, x - left] as const),
  ).flat();
  return {
    height,
    width,
    outHeight: Math.ceil(height / stride),
    outWidth: Math.ceil(width / stride),
    stride,
    inputs,
    outputs,
    taps: offsets.map(([dy, dx], tap) => ({
      dy,
      dx,
      block: Float64Array.from(values.fold(tap).normalArray(inputs * outputs)),
    })),
  };
}

function powerIterate(c: Convolution64, iterations: number): number {
  const { height, width, inputs, outputs, taps } = c;
  let x = Float64Array.from({ length: height * width * inputs }, (_, i) => Math.sin(i * i));
  let norm = 0;
  const each = (visit: (input: number, output: number, block: Float64Array) => void) => {
    for (let y = 0; y < height; y++)
      for (let z = 0; z < width; z++)
        for (const { dy, dx, block } of taps)
          if (y + dy >= 0 && y + dy < height && z + dx >= 0 && z + dx < width)
            visit(((y + dy) * width + z + dx) * inputs, (y * width + z) * outputs, block);
  };
  for (let n = 0; n < iterations; n++) {
    const length = Math.hypot(...x);
    const image = new Float64Array(height * width * outputs);
    each((input, output, block) => {
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) image[output + o]! += block[i * outputs + o]! * x[input + i]!;
    });
    norm = Math.hypot(...image) / length;
    const back = new Float64Array(x.length);
    each((input, output, block) => {
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) back[input + i]! += block[i * outputs + o]! * image[output + o]!;
    });
    const scale = Math.hypot(...back);
    x = back.map((value) => value / scale);
  }
  return norm;
}
