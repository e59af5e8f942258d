/** Conditional models learn from data in which the condition decides, and sample what it asks for. */
import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { imageGlow, vectorGlow, vectorIResNet } from "@invertible/models";
import { createRandom, dispose, tensor } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, evaluate, train } from "@invertible/trainer";
import type { ExampleSet } from "@invertible/trainer";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

beforeAll(() => startBackend("wasm"));

const random = createRandom(77);
const classes = 2;
const spread = 0.3;
const distance = 2;

type Conditional = ExampleSet & {
  readonly condition: { readonly values: Uint8Array; readonly shape: number[] };
};

/** Class 0 lies around (-2, -2), and class 1 around (2, 2), each with a standard deviation of 0.3. */
function twoClasses(key: Random, count: number): Conditional {
  const labels = key.fold("label").integers(count, 0, classes);
  const noise = key.fold("noise").normalArray(2 * count);
  return {
    count,
    shape: [2],
    values: noise.map((e, i) => (labels[i >> 1] === 0 ? -distance : distance) + spread * e),
    condition: oneHot(labels),
  };
}

/** 4 x 4 images of noise, dark in class 0 and bright in class 1. */
function darkAndBright(key: Random, count: number): Conditional {
  const labels = key.fold("label").integers(count, 0, classes);
  const noise = key.fold("noise").uniformArray(16 * count);
  return {
    count,
    shape: [4, 4, 1],
    values: noise.map((u, i) => Math.floor(60 * u) + (labels[i >> 4] === 0 ? 30 : 160)),
    condition: oneHot(labels),
  };
}

function oneHot(labels: ArrayLike<number>): Conditional["condition"] {
  const values = new Uint8Array(classes * labels.length);
  for (let i = 0; i < labels.length; i++) values[classes * i + labels[i]!] = 1;
  return { values, shape: [classes] };
}

/** The same examples with the condition of the other class. */
function misled(data: Conditional): ExampleSet {
  return { ...data, condition: { ...data.condition, values: data.condition.values.map((one) => 1 - one) } };
}

/** The differential entropy of a class, and that of both together, which no flow can do better than that does not see the class. */
const entropyOfClass = Math.log(2 * Math.PI * Math.E * spread ** 2);
const entropyOfBoth = entropyOfClass + Math.log(classes);

const flows: Flow[] = [];
afterEach(() => flows.splice(0).forEach(disposeFlow));

async function trained(flow: Flow, data: ExampleSet, steps: number): Promise<Flow> {
  flows.push(flow);
  const optimizer = adam({ learningRate: 5e-3 });
  const options = { flow, data, batchSize: 64, steps, reportEvery: steps, optimizer, random };
  for await (const _ of train(options)) continue;
  return flow;
}

/** The mean of every sample that the flow draws under one condition for all. */
async function meansOfSamples(flow: Flow, label: number, count: number): Promise<number[]> {
  const condition = tensor([label === 0 ? [1, 0] : [0, 1]]);
  const { x } = await flow.sample(count, { random: random.fold("samples").fold(label), condition });
  const values = await x.data<"float32">();
  dispose([x, condition]);
  const size = values.length / count;
  return Array.from(
    { length: count },
    (_, i) => values.slice(i * size, (i + 1) * size).reduce((a, b) => a + b) / size,
  );
}

describe("of two classes, told apart by the condition alone", () => {
  it.each<[string, () => Flow]>([
    [
      "vectorGlow",
      () => vectorGlow({ features: 2, steps: 3, hidden: [24], conditionFeatures: classes, random }),
    ],
    [
      "vectorIResNet",
      () => vectorIResNet({ features: 2, blocks: 3, hidden: [24], conditionFeatures: classes, random }),
    ],
  ])("%s learns each one", async (_, build) => {
    const flow = await trained(build(), twoClasses(random.fold("train"), 1000), 300);
    const test = twoClasses(random.fold("test"), 2000);
    const seeing = await evaluate({ flow, data: test, random });
    // Four standard errors below the entropy of both: such a mean cannot come from a model that ignores its condition.
    expect(seeing.meanNll + 4 * seeing.standardError).toBeLessThan(entropyOfBoth);
    expect(seeing.meanNll).toBeGreaterThan(entropyOfClass - 4 * seeing.standardError);
    const wrong = await evaluate({ flow, data: misled(test), random });
    expect(wrong.meanNll - 4 * wrong.standardError).toBeGreaterThan(entropyOfBoth);
    for (const label of [0, 1]) {
      const means = await meansOfSamples(flow, label, 200);
      expect(means.filter((mean) => mean > 0 === (label === 1)).length).toBeGreaterThanOrEqual(195);
    }
  });

  it("imageGlow draws dark and bright images as asked", async () => {
    const inputShape = [4, 4, 1];
    const flow = await trained(
      imageGlow({ inputShape, stepsPerScale: [2, 1], width: 8, conditionFeatures: classes, random }),
      darkAndBright(random.fold("train images"), 500),
      200,
    );
    const test = darkAndBright(random.fold("test images"), 500);
    const [seeing, wrong] = [
      await evaluate({ flow, data: test, random }),
      await evaluate({ flow, data: misled(test), random }),
    ];
    // Paired, since the same images are seen under both conditions.
    const gains = seeing.logProb.map((value, i) => value - wrong.logProb[i]!);
    const mean = gains.reduce((a, b) => a + b) / gains.length;
    const variance = gains.reduce((total, gain) => total + (gain - mean) ** 2, 0) / (gains.length - 1);
    expect(mean).toBeGreaterThan(Math.log(2) + 4 * Math.sqrt(variance / gains.length));
    for (const label of [0, 1]) {
      const means = await meansOfSamples(flow, label, 100);
      // The middle between dark (30 to 90) and bright (160 to 220).
      expect(means.filter((mean) => mean > 125 === (label === 1)).length).toBeGreaterThanOrEqual(95);
    }
  });
});
