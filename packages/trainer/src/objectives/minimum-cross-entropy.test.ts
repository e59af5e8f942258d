import { chain } from "@invertible/bijection";
import { classifier, createClassifier, mixtureHead, oneHot, pooledHead } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { createFlow, normalMixture } from "@invertible/flow";
import { actNorm } from "@invertible/layers";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { exactLogDet } from "@invertible/log-det";
import { beforeAll, describe, expect, it } from "vitest";
import { memoryCheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { backwards } from "../gradients/backward.ts";
import { train } from "../loop/train.ts";
import { evaluateClassifier } from "../measurements/evaluate-classifier.ts";
import { sgd } from "../optimizers/sgd.ts";
import { adam } from "../optimizers/adam.ts";
import { maximumLikelihood } from "./maximum-likelihood.ts";
import { minimumCrossEntropy } from "./minimum-cross-entropy.ts";
import { weightedSum } from "./weighted-sum.ts";

const random = createRandom(3);

beforeAll(() => startBackend("wasm"));

/** Points in three rings around 0, whose class is their ring. */
function rings(count: number, seed: number): ExampleSet {
  const key = createRandom(seed);
  const labels = key.fold("ring").integers(count, 0, 3);
  const noise = key.fold("noise").normalArray(2 * count);
  const angles = key.fold("angle").uniformArray(count);
  const values = Float32Array.from({ length: 2 * count }, (_, i) => {
    const [point, angle] = [i >> 1, 2 * Math.PI * angles[i >> 1]!];
    return (1 + 2 * labels[point]!) * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.15 * noise[i]!;
  });
  return { values, shape: [2], count, target: oneHot(labels, 3) };
}

const couplings = (key: string) =>
  chain(
    [0, 1, 2, 3].flatMap((i) => [
      actNorm({ inputShape: [2] }),
      affineCoupling({
        inputShape: [2],
        passThrough: i % 2 === 0 ? "first" : "second",
        conditioner: denseConditioner({ hidden: [32], random: random.fold(key).fold(i) }),
      }),
    ]),
  );

/** A small i-ResNet for images, whose head has batch statistics. */
function imageClassifier(): Classifier {
  const inputShape = [4, 4, 2];
  const features = chain(
    [0, 1].flatMap((i) => [
      actNorm({ inputShape }),
      residualBlock({
        branch: bottleneckBranch({
          inputShape,
          hidden: 4,
          activation: "elu",
          coefficient: 0.7,
          preactivation: i > 0,
          random: random.fold(i),
        }),
        logDet: exactLogDet(),
      }),
    ]),
  );
  return createClassifier({ features, head: pooledHead({ inputShape, classes: 2, random }) });
}

function blobs(count: number): ExampleSet {
  const labels = random.fold("labels").integers(count, 0, 2);
  const values = random.fold("blobs").normalArray(count * 32);
  labels.forEach((label, i) => {
    if (label === 1) for (let k = 0; k < 32; k += 2) values[32 * i + k]! += 1;
  });
  return { values, shape: [4, 4, 2], count, target: oneHot(labels, 2) };
}

const bitsOf = async ({ parameters, state }: Classifier) =>
  Promise.all(
    [...Object.values(parameters), ...Object.values(state)].map(async (each) => [...(await each.data())]),
  );

describe("minimum cross entropy", () => {
  it("learns three rings that no line separates, and reports the accuracy", async () => {
    const model = classifier({ features: couplings("rings"), classes: 3, random });
    const data = rings(1500, 1);
    let last = { crossEntropy: NaN, accuracy: NaN };
    for await (const event of train({
      ...{ objective: minimumCrossEntropy(model), data, batchSize: 128, steps: 300 },
      ...{ optimizer: adam({ learningRate: 0.02 }), random, reportEvery: 50 },
    }))
      if (event.kind === "step") {
        last = event.terms;
        expect(event.loss).toBe(event.terms.crossEntropy);
      }
    expect(last.accuracy).toBeGreaterThan(0.9);
    const result = await evaluateClassifier({ classifier: model, data: rings(1000, 2), batchSize: 300 });
    expect(result.accuracy).toBeGreaterThan(0.9);
    expect(result.interval[0]).toBeLessThan(result.accuracy);
    expect(result.interval[1]).toBeGreaterThan(result.accuracy);
    expect(result.crossEntropy).toBeLessThan(0.4);
    expect(result.predicted).toHaveLength(1000);
  });

  it.each(backwards)("resumes at the same bits, with running statistics, %s", async (backward) => {
    const run = async (stops: readonly number[]) => {
      const model = imageClassifier();
      const store = memoryCheckpointStore();
      for (const steps of stops)
        for await (const _ of train({
          ...{
            objective: minimumCrossEntropy(model),
            data: blobs(40),
            batchSize: 8,
            microBatchSize: 4,
            steps,
          },
          ...{ optimizer: sgd({ learningRate: 0.05 }), random, backward },
          ...({ checkpoint: { store }, resume: "if-present" } as const),
        }));
      return model;
    };
    const [whole, resumed] = [await run([9]), await run([4, 9])];
    expect(await bitsOf(resumed)).toEqual(await bitsOf(whole));
    // The head starts from data, and its running statistics move.
    const [fresh] = await Promise.all([run([1]), whole]);
    expect(await fresh.state["head.norm.runningMean"]!.data()).not.toEqual(
      await whole.state["head.norm.runningMean"]!.data(),
    );
  });

  it("of examples without a class is nothing, and a mixture learns from both kinds", async () => {
    const data = rings(600, 4);
    // Of 600 examples, 5 of each class are labelled.
    const seen = [0, 0, 0];
    for (let i = 0; i < data.count; i++) {
      const row = data.target!.values.subarray(3 * i, 3 * i + 3);
      if (seen[row.indexOf(1)]!++ >= 5) row.fill(0);
    }
    const bijection = couplings("mixture");
    const base = normalMixture({ shape: [2], components: 3, spread: 2, random });
    const flow = createFlow({ bijection, base });
    const model = createClassifier({ features: bijection, head: mixtureHead(base) });
    const objective = weightedSum([
      { objective: maximumLikelihood(flow), weight: 1 },
      { objective: minimumCrossEntropy(model), weight: 20 },
    ]);
    const before = memory().numTensors;
    const losses: number[] = [];
    for await (const event of train({
      ...{ objective, data, batchSize: 200, steps: 200, optimizer: adam({ learningRate: 0.02 }) },
      ...{ random, reportEvery: 50, clipNorm: 20 },
    }))
      if (event.kind === "step") losses.push(-event.terms.logDet - event.terms.baseLogProb);
    expect(memory().numTensors).toBe(before);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    const { accuracy } = await evaluateClassifier({ classifier: model, data: rings(500, 5) });
    expect(accuracy).toBeGreaterThan(0.6);
  });

  it.each<[string, (data: ExampleSet) => Partial<ExampleSet>, string]>([
    ["no targets", () => ({ target: undefined }), "train.data.target: expected one-hot rows"],
    [
      "targets of another number of classes",
      ({ count }) => ({ target: { values: new Uint8Array(2 * count), shape: [2] } }),
      'train.data.target.shape: expected [3], a number for each class, received "[2]"',
    ],
    [
      "a row that is no distribution",
      ({ count }) => {
        const values = new Float32Array(3 * count);
        values.set([0.5, 0.2, 0.2], 6);
        return { target: { values, shape: [3] } };
      },
      "train.data.target of example 2: expected probabilities that add up to 1",
    ],
  ])("refuses %s", (_, change, message) => {
    const model = classifier({ features: couplings("refused"), classes: 3, random });
    const data = rings(20, 6);
    expect(() =>
      train({
        ...{ objective: minimumCrossEntropy(model), data: { ...data, ...change(data) } },
        ...{ batchSize: 4, steps: 1, optimizer: adam(), random },
      }),
    ).toThrow(message);
  });

  it("locates a NaN in the head", async () => {
    const model = classifier({ features: couplings("nan"), classes: 3, random });
    const bias = model.parameters["head.bias"]!;
    const values = (await bias.data()).slice();
    values[1] = NaN;
    bias.assign(bias.add(values as never));
    const events = train({
      ...{ objective: minimumCrossEntropy(model), data: rings(20, 6), batchSize: 4, steps: 1 },
      ...{ optimizer: adam(), random, initialExamples: 0 },
    });
    await events.next();
    await expect(events.next()).rejects.toThrow(
      'train step 1: expected finite numbers, received parameter "head.bias" that is not',
    );
  });
});

describe("evaluateClassifier", () => {
  it("has the cross entropies of a plain computation, and the same numbers for every batch size", async () => {
    const model = classifier({ features: couplings("evaluated"), classes: 3, random });
    const data = rings(37, 9);
    const all = await evaluateClassifier({ classifier: model, data });
    const few = await evaluateClassifier({ classifier: model, data, batchSize: 5 });
    expect(few.predicted).toEqual(all.predicted);
    expect(Math.abs(few.crossEntropy - all.crossEntropy)).toBeLessThan(1e-6);
    let correct = 0;
    data.target!.values.forEach((value, i) => {
      if (value === 1 && all.predicted[Math.floor(i / 3)] === i % 3) correct++;
    });
    expect(all.accuracy).toBe(correct / 37);
  });

  it("refuses an example without a class", async () => {
    const model = classifier({ features: couplings("refused"), classes: 3, random });
    const data = rings(8, 9);
    data.target!.values.fill(0, 9, 12);
    await expect(evaluateClassifier({ classifier: model, data })).rejects.toThrow(
      "evaluateClassifier.data.target of example 3: expected its class",
    );
  });
});
