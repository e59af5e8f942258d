import { continuousFlow, disposeFlow, flowArchitecture, loadFlow, saveFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { createRandom, jacobianRows, memory, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  continuousModelTypes,
  couplingModelTypes,
  imageFfjord,
  imageGlow,
  imageIDenseNet,
  imageImplicitFlow,
  imageMaf,
  imageMonotoneFlow,
  imageSplineFlow,
  residualModelTypes,
} from "./index.ts";
import type { ImageGlowOptions } from "./index.ts";
import { pixels, started } from "../test-support/models.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(23);
const inputShape = [28, 28, 1];
const shapesOf = (flow: Flow, ending: string) =>
  Object.entries(flow.parameters)
    .filter(([name]) => name.endsWith(ending))
    .map(([, { shape }]) => shape);

describe("imageGlow", () => {
  const small = { inputShape: [8, 8, 1], stepsPerScale: [1, 1], width: 4, random } as const;
  const layersOf = (options: Partial<ImageGlowOptions>) => {
    const flow = imageGlow({ ...small, ...options });
    const layers = flowArchitecture(flow);
    disposeFlow(flow);
    return (name: string) => layers.split(`"${name}"`).length - 1;
  };

  it("has the mixing, the couplings and the top prior that it is asked for", () => {
    const published = layersOf({});
    // A coupling in each of two steps, and the split prior.
    expect(["invertibleConv1x1", "permutation", "affineCoupling", "additiveCoupling"].map(published)).toEqual(
      [2, 0, 3, 0],
    );
    const other = layersOf({ mixing: "shuffle", coupling: "additive", topPrior: "per-channel" });
    expect(["invertibleConv1x1", "permutation", "affineCoupling", "additiveCoupling"].map(other)).toEqual([
      0, 2, 1, 2,
    ]);
    expect([published("actNorm"), other("actNorm")]).toEqual([2, 3]);
    expect([published("diagonalNormal"), other("standardNormal")]).toEqual([1, 1]);
    expect(() => imageGlow({ ...small, mixing: "swap" as "reverse" })).toThrow(/imageGlow.mixing: expected/);
  });

  it("learns a density for each class in its top prior", async () => {
    const flow = imageGlow({ ...small, conditionFeatures: 2, topPrior: "per-channel" });
    const classes = (label: number) =>
      tensor(
        [0, 1, 2].flatMap(() => (label === 0 ? [1, 0] : [0, 1])),
        [3, 2],
      );
    const given = (label: number) => ({ random, training: false, condition: classes(label) });
    await flow.initialise(pixels(random, 3), given(0));
    // Without dequantisation, whose noise would differ between calls.
    const { dequantisation, flow: continuous } = continuousFlow(flow);
    const x = dequantisation!.forward(pixels(random, 3), { random, training: false });
    const [name] = Object.keys(flow.parameters).filter((each) =>
      shapesEqual(flow.parameters[each]!.shape, [2, 16]),
    );
    const weight = flow.parameters[name!]!;
    // The mean of the first of 8 channels moves by 3 for the second class; a scale stays.
    weight.assign(
      tensor(
        Array.from({ length: 32 }, (_, i) => (i === 16 ? 3 : 0)),
        [2, 16],
      ),
    );
    const z = await continuous.bijection.forward(x, given(0)).data();
    const [first, second] = [
      await continuous.logProb(x, given(0)).data(),
      await continuous.logProb(x, given(1)).data(),
    ];
    // log N(z - 3) - log N(z) = 3 z - 9/2, summed over the four positions of the channel, which are the last 32 latents.
    for (const row of [0, 1, 2]) {
      const channel = [0, 1, 2, 3].map((position) => z[row * 64 + 32 + position * 8]!);
      const expected = channel.reduce((sum, value) => sum + 3 * value - 4.5, 0);
      expect(Math.abs(second[row]! - first[row]! - expected)).toBeLessThan(1e-3);
    }
    disposeFlow(flow);
  });
});

const shapesEqual = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

describe("layouts", () => {
  it("imageFfjord takes 28 x 28 through 14 x 14 and 7 x 7, as published, or begins with a squeeze", () => {
    const published = imageFfjord({
      inputShape,
      random,
      firstScale: "full-resolution",
      scales: 3,
      blocks: 2,
      hidden: [2],
    });
    // Two blocks before and after each squeeze, and two at the end; each has a layer to 2 channels and one back.
    const channels = [1, 1, 4, 4, 2, 2, 8, 8, 4, 4];
    expect(shapesOf(published, ".0.weight")).toEqual(channels.map((c) => [3, 3, c, 2]));
    expect(published.bijection.outputShape).toEqual([784]);
    disposeFlow(published);
    const squeezed = imageFfjord({ inputShape, random, hidden: [2] });
    expect(shapesOf(squeezed, ".0.weight")).toEqual([4, 16, 8].map((c) => [3, 3, c, 2]));
    expect(squeezed.traits).toMatchObject({ logDet: "unbiased", inverse: "iterative", levels: 256 });
    disposeFlow(squeezed);
  });

  it("imageSplineFlow chooses 3 bins - 1 numbers for each transformed entry", () => {
    const flow = imageSplineFlow({ inputShape, random, stepsPerScale: [1, 1], width: 4, bins: 5 });
    expect(shapesOf(flow, "factors")).toEqual([
      [4, 4],
      [8, 8],
    ]);
    // Besides both splines, the split prior has a mean and a scale for each of two channels.
    expect(shapesOf(flow, ".conditioner.2.kernel").map((shape) => shape.at(-1))).toEqual([2 * 14, 4 * 14]);
    disposeFlow(flow);
  });

  it("imageMaf is MADE with one layer, and reverses the order between layers", () => {
    const flow = imageMaf({ inputShape, random, layers: 3, hidden: [6] });
    expect(flow.bijection.parts.map(({ bijection }) => bijection.name)).toEqual([
      "uniformDequantisation",
      "logit",
      "flatten",
      ...["actNorm", "autoregressiveAffine", "permutation"],
      ...["actNorm", "autoregressiveAffine", "permutation"],
      ...["actNorm", "autoregressiveAffine"],
    ]);
    disposeFlow(flow);
  });
});

describe("exact log-dets are those of the Jacobian", () => {
  const image = [4, 4, 1];
  const centred = { transform: "centred" } as const;
  it.each<[string, () => Flow]>([
    ["imageMaf", () => imageMaf({ inputShape: image, layers: 2, hidden: [7], pixels: centred, random })],
    [
      "imageSplineFlow",
      () => imageSplineFlow({ inputShape: image, stepsPerScale: [1, 1], width: 4, pixels: centred, random }),
    ],
  ])("%s", async (_, build) => {
    const x = random.uniform([8, ...image], 0, 256).floor();
    const { dequantisation, flow } = continuousFlow(await started(build(), x, 0.1));
    const z = dequantisation!.forward(x, { random }).slice([0], [2]);
    const { logDet } = flow.bijection.forwardAndLogDet(z, { random });
    const rows = await jacobianRows((z) => flow.bijection.forward(z, { random }), z).data();
    const size = 16;
    (await logDet.data()).forEach((value, b) => {
      const matrix = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size }, (_, j) => rows[(b * size + i) * size + j]!),
      );
      // Float32 Jacobians of a few layers, in 16 dimensions.
      expect(Math.abs(value - logAbsDet(matrix))).toBeLessThan(1e-3);
    });
  });
});

/** Gaussian elimination with pivots, in float64. */
function logAbsDet(matrix: number[][]): number {
  let sum = 0;
  for (let k = 0; k < matrix.length; k++) {
    const rest = matrix.slice(k);
    const pivot =
      k + rest.reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rest[best]![k]!) ? i : best), 0);
    [matrix[k], matrix[pivot]] = [matrix[pivot]!, matrix[k]!];
    sum += Math.log(Math.abs(matrix[k]![k]!));
    for (let i = k + 1; i < matrix.length; i++) {
      const factor = matrix[i]![k]! / matrix[k]![k]!;
      for (let j = k; j < matrix.length; j++) matrix[i]![j]! -= factor * matrix[k]![j]!;
    }
  }
  return sum;
}

describe("a condition reaches every family, and layer types of the family alone load its models", () => {
  const shared = { inputShape: [8, 8, 1], conditionFeatures: 2, random } as const;
  const oneScale = { ...shared, blocksPerScale: [1], firstScale: "squeezed" } as const;
  it.each([
    ["imageMaf", () => imageMaf({ ...shared, layers: 2, hidden: [4] }), couplingModelTypes],
    [
      "imageSplineFlow",
      () => imageSplineFlow({ ...shared, stepsPerScale: [1], width: 4 }),
      couplingModelTypes,
    ],
    ["imageFfjord", () => imageFfjord({ ...shared, scales: 1, hidden: [3], steps: 1 }), continuousModelTypes],
    ["imageIDenseNet", () => imageIDenseNet({ ...oneScale, layers: 1, growth: 2 }), residualModelTypes],
    ["imageMonotoneFlow", () => imageMonotoneFlow({ ...oneScale, layers: 1, growth: 2 }), residualModelTypes],
    ["imageImplicitFlow", () => imageImplicitFlow({ ...oneScale, hiddenChannels: 2 }), residualModelTypes],
  ])("%s", async (_, build, layers) => {
    const flow = build();
    const x = pixels(random, 4);
    const conditions = [1, -1].map((sign) => random.fold("condition").normal([4, 2]).mul(sign));
    await flow.initialise(x, { random, condition: conditions[0]! });
    for (const [name, variable] of Object.entries(flow.parameters))
      variable.assign(variable.add(random.fold(name).normal(variable.shape).mul(0.1)));
    await flow.refresh({ tolerance: 1e-4 });
    expect(() => flow.logProb(x, { random })).toThrow(/condition/);
    const loaded = await loadFlow(await saveFlow(flow), { layers });
    const [one, other] = await Promise.all(
      conditions.map(async (condition) => [...(await flow.logProb(x, { random, condition }).data())]),
    );
    one!.forEach((value, i) => expect(value).not.toBe(other![i]));
    expect([...(await loaded.logProb(x, { random, condition: conditions[0]! }).data())]).toEqual(one);
    [flow, loaded].forEach(disposeFlow);
  });

  it("and those of another family name the layer that they lack", async () => {
    const flow = imageGlow({ inputShape: [4, 4, 1], stepsPerScale: [1], width: 2, random });
    const file = await saveFlow(flow);
    await expect(loadFlow(file, { layers: residualModelTypes })).rejects.toThrow(/affineCoupling/);
    disposeFlow(flow);
  });
});

it.each<[string, () => unknown, RegExp]>([
  [
    "imageMaf of vectors",
    () => imageMaf({ inputShape: [4], random }),
    /imageMaf.inputShape: expected \[H, W, C\]/,
  ],
  [
    "imageMaf layers",
    () => imageMaf({ inputShape, layers: 0, random }),
    /imageMaf.layers: expected a positive/,
  ],
  [
    "imageFfjord scales",
    () => imageFfjord({ inputShape, scales: 3, random }),
    /imageFfjord.scales: expected fewer, since 28 x 28 cannot be halved 3 times/,
  ],
  [
    "imageFfjord trace",
    () => imageFfjord({ inputShape, steps: 0, random }),
    /steps: expected an integer from 1/,
  ],
  ["imageSplineFlow bins", () => imageSplineFlow({ inputShape, bins: 1, random }), /imageSplineFlow.bins/],
  [
    "imageIDenseNet growth",
    () => imageIDenseNet({ inputShape, growth: 3, random }),
    /growth: expected an even number with cLipSwish/,
  ],
  [
    "imageMonotoneFlow coefficient",
    () => imageMonotoneFlow({ inputShape, coefficient: 1, random }),
    /imageMonotoneFlow.coefficient/,
  ],
  [
    "imageImplicitFlow activation",
    () => imageImplicitFlow({ inputShape, activation: "cosh" as "elu", random }),
    /imageImplicitFlow.activation/,
  ],
])("refuses %s with a clear error, and leaves nothing behind", (_, make, message) => {
  const before = memory().numTensors;
  expect(make).toThrow(message);
  expect(memory().numTensors).toBe(before);
});
