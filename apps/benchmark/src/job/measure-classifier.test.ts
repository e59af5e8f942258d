import { oneHot } from "@invertible/classifier";
import { disposeModel } from "@invertible/flow";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, minimumCrossEntropy, train } from "@invertible/trainer";
import { beforeAll, expect, it } from "vitest";
import { classifiers } from "../catalogue/classifiers/index.ts";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import { guaranteedInverse } from "../metrics/guaranteed-inverse.ts";
import { testError } from "../metrics/test-error.ts";
import { classification } from "../presets/classification.ts";
import { classifierOf } from "./built-model.ts";
import { classify, guarantee } from "./measure-classifier.ts";
import type { ClassifierToMeasure } from "./measure-classifier.ts";
import type { Measurements } from "./measurements.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(4);
const shape = [8, 8, 1];

/** Bright squares at the top or at the bottom of a noisy image. */
function squares(count: number, seed: number) {
  const key = createRandom(seed);
  const labels = key.fold("label").integers(count, 0, 2);
  const noise = key.fold("noise").uniformArray(count * 64);
  const values = Uint8Array.from({ length: count * 64 }, (_, i) => {
    const bright = Math.floor((i % 64) / 32) === labels[i >> 6] && i % 8 < 4;
    return (bright ? 150 : 20) + 80 * noise[i]!;
  });
  return { values, shape, count, target: oneHot(labels, 2) };
}

const data: LoadedData = { train: squares(200, 1), test: squares(60, 2) };

/** A trained model of the catalogue, and what its metrics say. */
async function measured(name: string, learningRate = 5e-3) {
  const model = await classifiers
    .find((entry) => entry.name === name)!
    .build({
      ...{ kind: "image", shape, classes: 2, size: { name: "small", parameters: 20_000 }, random },
    });
  const classifier = classifierOf(model);
  for await (const _ of train({
    ...{ objective: minimumCrossEntropy(classifier), data: data.train, batchSize: 50, steps: 20 },
    ...{ optimizer: adam({ learningRate }), random, reportEvery: 20 },
  }));
  const workload = classification.workloads.image!;
  const given: ClassifierToMeasure = {
    ...{ model, data, random, signal: new AbortController().signal },
    workload: { ...workload, evaluation: { ...workload.evaluation, batchSize: 30, reconstructions: 20 } },
  };
  const measurements = {
    classified: () => classify(given, () => {}),
    guaranteed: () => guarantee(given, () => {}),
  } as unknown as Measurements;
  const values = {
    error: await testError.measure(measurements),
    guarantee: await guaranteedInverse.measure(measurements),
  };
  disposeModel(classifier);
  // As it comes back from a file.
  return JSON.parse(JSON.stringify(values)) as typeof values;
}

it("an i-ResNet is certified, and every image is within its bound", async () => {
  const before = memory().numTensors;
  const { error, guarantee: proven } = await measured("i-resnet-c80");
  expect(memory().numTensors).toBe(before);
  expect(error).toMatchObject({ examples: 60 });
  expect((error as { value: number }).value).toBeLessThan(15);
  const { magnifies, bounds } = proven as { magnifies: number; bounds: { largest: number } };
  expect(proven).toMatchObject({ examples: 20, bounds: { exceeded: 0 } });
  expect(magnifies).toBeLessThan(Infinity);
  expect(bounds.largest).toBeLessThan(1);
  expect(guaranteedInverse.text([proven], "nats")).toMatch(
    /^certified, error [\d.]+ % when enforced; inverse magnifies by at most .*, all 20 images within their bounds$/,
  );
  expect(testError.text([error], "nats")).toMatch(/^[\d.]+ ± [\d.]+ %$/);
}, 60_000);

it("Glow inverts by a formula, and nothing is claimed of its bounds", async () => {
  const { guarantee: proven } = await measured("glow-affine", 1e-3);
  expect(guaranteedInverse.text([proven], "nats")).toMatch(
    /^a formula; largest reconstruction error [\d.e+-]+$/,
  );
});

it("an inverse that overflows is told of", () => {
  const overflowing = { error: 1, magnifies: null, largestError: null, bounds: null, examples: 20 };
  expect(guaranteedInverse.text([overflowing], "nats")).toBe(
    "a formula; some images come back as infinities",
  );
});

it.each(["i-resnet-free", "resnet"])("%s has no guarantee", async (name) => {
  const { guarantee: proven } = await measured(name);
  expect(proven).toBeNull();
  expect(guaranteedInverse.text([proven], "nats")).toBe("none");
});
