import { layersOf, solveInverse } from "@invertible/bijection";
import { disposeClassifier, loadClassifier, saveClassifier } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { UnsupportedError } from "@invertible/errors";
import { createRandom, dispose, memory, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  classifierModelTypes,
  couplingModelTypes,
  glowClassifier,
  iResNetClassifier,
  iRevNet,
  parameterCount,
  resNet,
  revNet,
} from "../index.ts";

const random = createRandom(8);
const inputShape = [8, 8, 2];
const shared = { inputShape, classes: 3, random } as const;
const iResNet = (coefficient: number | "none") =>
  iResNetClassifier({
    ...shared,
    coefficient,
    blocksPerStage: [1, 1],
    hiddenChannels: [6, 8],
    paddedChannels: 2,
  });
const glow = (coupling: "affine" | "additive", mixing: "conv-1x1" | "reverse") =>
  glowClassifier({ ...shared, coupling, mixing, stepsPerStage: [1, 1], width: 6, paddedChannels: 2 });

const halves = () =>
  iRevNet({ ...shared, blocksPerStage: [1, 1], hiddenChannels: [6, 8], paddedChannels: 2 });
const halvesWithStrides = () => revNet({ ...shared, blocksPerStage: [1, 1], channels: [4, 6] });

const all: readonly [string, () => Classifier][] = [
  ["iResNetClassifier", () => iResNet(0.9)],
  ["iResNetClassifier without limits", () => iResNet("none")],
  [
    "iResNetClassifier in the layout of Glow",
    () =>
      iResNetClassifier({ ...shared, blocksPerStage: [1, 1], hiddenChannels: [6, 8], mixing: "conv-1x1" }),
  ],
  ["iRevNet", halves],
  ["revNet", halvesWithStrides],
  ["glowClassifier, affine", () => glow("affine", "conv-1x1")],
  ["glowClassifier, additive", () => glow("additive", "reverse")],
  ["resNet", () => resNet({ ...shared, blocksPerStage: [1, 2], channels: [4, 6] })],
];

beforeAll(() => startBackend("wasm"));

const pixels = (count: number) => {
  const values = random.fold("pixels").integers(count * 128, 0, 256);
  return tensor(Float32Array.from(values), [count, ...inputShape]);
};

describe.each(all)("%s", (_, build) => {
  it("gives logits after a start from data, which saving keeps bit by bit, and leaks nothing", async () => {
    const before = memory().numTensors;
    const model = build();
    const x = pixels(16);
    await model.initialise(x);
    await model.refresh({ tolerance: 1e-3 });
    const logits = model.logits(x);
    expect(logits.shape).toEqual([16, 3]);
    const values = [...(await logits.data())];
    expect(values.every(Number.isFinite)).toBe(true);
    const types = [...new Set([...classifierModelTypes, ...couplingModelTypes])];
    const loaded = await loadClassifier(await saveClassifier(model), { layers: types });
    const again = loaded.logits(x);
    expect([...(await again.data())]).toEqual(values);
    dispose([x, logits, again]);
    [model, loaded].forEach(disposeClassifier);
    expect(memory().numTensors).toBe(before);
  });

  it("has no log-det", () => {
    const model = build();
    const x = pixels(2);
    expect(() => model.features.forwardAndLogDet(x)).toThrow(UnsupportedError);
    dispose(x);
    disposeClassifier(model);
  });
});

describe("the inverse of features", () => {
  it("returns the image, within the certified bound, where norms are limited", async () => {
    const model = iResNet(0.8);
    const x = pixels(6);
    await model.initialise(x);
    await model.refresh({ tolerance: 1e-3 });
    await model.enforce();
    const { inverse } = await model.certify();
    expect(inverse).toBeLessThan(Infinity);
    for (const { layer } of layersOf(model.features).filter(({ layer }) => layer.name === "residualBlock"))
      expect((await layer.lipschitz!.certify()).forward).toBeLessThanOrEqual(1 + 0.8 ** 3 + 1e-6);
    const { x: back } = await model.reconstruct(x);
    const [a, b] = [await x.data(), await back.data()];
    // Pixels of up to 255 in float32, through an inverse that magnifies by a few.
    a.forEach((pixel, i) => expect(Math.abs(pixel - b[i]!)).toBeLessThan(0.01));
    dispose([x, back]);
    disposeClassifier(model);
  });

  it("is analytic for glow, and claimed by neither the free twin nor a resNet", async () => {
    const models = [
      glow("affine", "conv-1x1"),
      iResNet("none"),
      resNet({ ...shared, blocksPerStage: [1], channels: [4] }),
      halves(),
      halvesWithStrides(),
    ] as const;
    const claims = models.map(({ features }) => features.traits.inverse);
    expect(claims).toEqual(["analytic", "none", "none", "analytic", "none"]);
    const y = tensor(new Float32Array(4 * 4 * 16), [1, 4, 4, 16]);
    await expect(solveInverse(models[1].features, y)).rejects.toThrow(UnsupportedError);
    y.dispose();
    models.forEach(disposeClassifier);
  });

  it("of an i-RevNet returns the image, by a formula, from weights that are not those of the start", async () => {
    const model = halves();
    const x = pixels(6);
    await model.initialise(x);
    for (const [name, variable] of Object.entries(model.parameters)) {
      // The last kernels start at zero, with which every block would be the identity.
      const moved = variable.add(random.fold(name).normal(variable.shape).mul(0.02));
      variable.assign(moved);
      moved.dispose();
    }
    const { x: back, evidence } = await model.reconstruct(x);
    expect(evidence).toEqual([]);
    const [a, b] = [await x.data(), await back.data()];
    a.forEach((pixel, i) => expect(Math.abs(pixel - b[i]!)).toBeLessThan(0.01));
    const logits = model.logits(x);
    expect([...(await logits.data())].every(Number.isFinite)).toBe(true);
    dispose([x, back, logits]);
    disposeClassifier(model);
  });

  it("of the free twin costs no parameter and no state", () => {
    const [limited, free] = [iResNet(0.9), iResNet("none")];
    expect(parameterCount(free)).toBe(parameterCount(limited));
    // What is left are the flags of act-norms and the running statistics of the head.
    const operators = Object.keys(free.state).filter((name) => name.includes("operator"));
    expect(operators).toEqual([]);
    [limited, free].forEach(disposeClassifier);
  });
});

describe("options", () => {
  it.each<[string, () => unknown, string]>([
    [
      "a coefficient of 1",
      () => iResNetClassifier({ ...shared, coefficient: 1 }),
      'iResNetClassifier.coefficient: expected a number in (0, 1), or "none", received 1',
    ],
    [
      "widths for another number of stages",
      () => iResNetClassifier({ ...shared, blocksPerStage: [1, 1], hiddenChannels: [4] }),
      "iResNetClassifier.hiddenChannels: expected one number for each of 2 stages",
    ],
    [
      "more stages than the image can be halved",
      () => resNet({ ...shared, blocksPerStage: [1, 1, 1, 1, 1], channels: [2, 2, 2, 2, 2] }),
      "residualUnit.stride: expected 1, or 2 where height and width are even",
    ],
    [
      "halves of one channel",
      () => iRevNet({ ...shared, inputShape: [8, 8, 1], paddedChannels: 0 }),
      "additiveCoupling.inputShape: expected at least 2 on the last axis",
    ],
    [
      "a stage of one channel",
      () => revNet({ ...shared, blocksPerStage: [1], channels: [1] }),
      "revNet.channels: expected an integer from 2 to",
    ],
    [
      "one class",
      () => glowClassifier({ ...shared, classes: 1 }),
      "glowClassifier.classes: expected an integer",
    ],
    [
      "pixels without a range",
      () => resNet({ ...shared, pixels: { largest: 0 } }),
      "resNet.pixels.largest: expected a finite number above 0, received 0",
    ],
  ])("%s is refused, and nothing leaks", (_, make, message) => {
    const before = memory().numTensors;
    expect(make).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});
