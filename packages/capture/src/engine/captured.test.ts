import { disposeClassifier, oneHot } from "@invertible/classifier";
import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { geometricLaw, russianRoulette } from "@invertible/log-det";
import {
  iResNetClassifier,
  imageGlow,
  imageIResNet,
  resNet,
  vectorGlow,
  vectorIResNet,
  vectorRealNvp,
} from "@invertible/models";
import { add, createRandom, memory, mul, tidy } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { adam, adamax, eager, minimumCrossEntropy, sgd, train } from "@invertible/trainer";
import type { Engine, ExampleSet, TrainLoopOptions } from "@invertible/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { captured } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(3);
const points: ExampleSet = { values: random.fold("points").normalArray(400), shape: [2], count: 200 };
const pixels: ExampleSet = {
  values: Float32Array.from(random.fold("pixels").uniformArray(40 * 64), (u) => Math.floor(u * u * 256)),
  shape: [8, 8, 1],
  count: 40,
};
const inputShape = [8, 8, 1];

const roulette = (probes: number) =>
  russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2, probes, variance: "unchecked" });

/**
 * With parameters away from their start, where the gradients of a batch norm's scale and shift are 0 up to rounding. Adam would make
 * steps of full size of what rounding leaves.
 */
const batchNormalised = () => {
  const flow = vectorRealNvp({
    ...{ features: 2, couplings: 3, hidden: [16], normalisation: "batch-norm", random },
  });
  for (const [name, variable] of Object.entries(flow.parameters))
    tidy(() => variable.assign(add(variable, mul(random.fold(name).normal(variable.shape), 0.2))));
  return flow;
};

const models: Record<string, { build: () => Flow; data: ExampleSet }> = {
  vectorIResNet: {
    build: () => vectorIResNet({ features: 2, blocks: 3, hidden: [16], random }),
    data: points,
  },
  vectorGlow: { build: () => vectorGlow({ features: 2, steps: 3, hidden: [16, 16], random }), data: points },
  "vectorRealNvp with batch norms": { build: batchNormalised, data: points },
  imageIResNet: {
    build: () => imageIResNet({ inputShape, blocksPerScale: [2, 1], hiddenChannels: 8, random }),
    data: pixels,
  },
  "vectorIResNet with series of random length": {
    build: () => vectorIResNet({ features: 3, blocks: 3, hidden: [8], logDet: roulette(1), random }),
    data: { values: points.values.slice(0, 399), shape: [3], count: 133 },
  },
  "imageIResNet with two probes of random length": {
    build: () =>
      imageIResNet({ inputShape, blocksPerScale: [2, 1], hiddenChannels: 4, logDet: roulette(2), random }),
    data: pixels,
  },
  imageGlow: {
    build: () => imageGlow({ inputShape, stepsPerScale: [2, 1], width: 8, random }),
    data: pixels,
  },
};

async function lossesOf(
  flow: Flow,
  data: ExampleSet,
  engine: Engine,
  options: Partial<TrainLoopOptions> = {},
) {
  const losses: number[] = [];
  const events = train({
    flow,
    data,
    batchSize: 16,
    steps: 30,
    optimizer: adam({ learningRate: 5e-3 }),
    clipNorm: 5,
    random,
    engine,
    ...options,
  });
  for await (const event of events) if (event.kind === "step") losses.push(event.loss);
  return losses;
}

describe("captured", () => {
  it.each(Object.entries(models))("gives the losses of the eager engine: %s", async (_, { build, data }) => {
    const before = memory().numTensors;
    const [one, two] = [build(), build()];
    const expected = await lossesOf(one, data, eager());
    const received = await lossesOf(two, data, captured());
    received.forEach((loss, i) =>
      expect(Math.abs(loss - expected[i]!), `step ${i + 1}`).toBeLessThan(1e-5 * Math.abs(expected[i]!)),
    );
    [one, two].forEach(disposeFlow);
    expect(memory().numTensors).toBe(before);
  });

  it.each(Object.entries(models))(
    "gives the losses of the eager engine with micro-batches: %s",
    async (_, { build, data }) => {
      const before = memory().numTensors;
      const [one, two] = [build(), build()];
      const options = { microBatchSize: 4, steps: 10 };
      const expected = await lossesOf(one, data, eager(), options);
      const received = await lossesOf(two, data, captured(), options);
      received.forEach((loss, i) =>
        expect(Math.abs(loss - expected[i]!), `step ${i + 1}`).toBeLessThan(1e-5 * Math.abs(expected[i]!)),
      );
      [one, two].forEach(disposeFlow);
      expect(memory().numTensors).toBe(before);
    },
  );

  it.each(["iResNetClassifier", "resNet"] as const)(
    "trains a classifier as the eager engine does, with targets and running statistics: %s",
    async (name) => {
      const shared = { inputShape: [8, 8, 1], classes: 3, random } as const;
      const build = () =>
        name === "resNet"
          ? resNet({ ...shared, blocksPerStage: [1, 1], channels: [4, 6] })
          : iResNetClassifier({
              ...shared,
              ...{ blocksPerStage: [1, 1], hiddenChannels: [4, 4], paddedChannels: 3 },
            });
      const labels = random.fold("labels").integers(pixels.count, 0, 3);
      const labelled = { ...pixels, target: oneHot(labels, 3) };
      const before = memory().numTensors;
      for (const microBatchSize of [16, 8]) {
        const terms: Record<string, number[]> = {};
        for (const engine of [eager(), captured()]) {
          const model = build();
          const own: number[] = (terms[engine.name] = []);
          for await (const event of train({
            ...{ objective: minimumCrossEntropy(model), data: labelled, batchSize: 16, microBatchSize },
            ...{ steps: 10, optimizer: sgd({ learningRate: 0.02 }), clipNorm: 5, random, engine },
          }))
            if (event.kind === "step") own.push(event.terms.crossEntropy, event.terms.accuracy);
          for (const state of Object.values(model.state)) own.push(...(await state.data()));
          disposeClassifier(model);
        }
        terms["captured"]!.forEach((value, i) => {
          const expected = terms["eager"]![i]!;
          expect(Math.abs(value - expected), `number ${i}`).toBeLessThan(
            2e-5 * Math.max(1, Math.abs(expected)),
          );
        });
      }
      expect(memory().numTensors).toBe(before);
    },
  );

  it.each([sgd(), sgd({ momentum: 0.9, nesterov: true, weightDecay: 1e-2 }), adamax()])(
    "updates as the eager engine does, with $name and slots $slots",
    async (optimizer) => {
      const { build, data } = models.vectorGlow!;
      const [one, two] = [build(), build()];
      const options = { optimizer, steps: 5, schedule: () => 0.05 };
      const expected = await lossesOf(one, data, eager(), options);
      const received = await lossesOf(two, data, captured(), options);
      expect(expected[4]).not.toBe(expected[0]);
      received.forEach((loss, i) =>
        expect(Math.abs(loss - expected[i]!)).toBeLessThan(1e-5 * Math.abs(expected[i]!)),
      );
      [one, two].forEach(disposeFlow);
    },
  );

  it.each([16, 4])(
    "moves running statistics as the eager engine does, by micro-batches of %i",
    async (microBatchSize) => {
      const [one, two] = [batchNormalised(), batchNormalised()];
      const started = [...(await one.state["bijection.2.runningVariance"]!.data())];
      for (const [flow, engine] of [
        [one, eager()],
        [two, captured()],
      ] as const)
        await lossesOf(flow, points, engine, {
          // A shift before a batch norm has no influence on the loss, but on the running mean. So what rounding makes of its gradient
          // must stay small.
          ...{
            microBatchSize,
            steps: 3,
            initialExamples: 0,
            optimizer: adam({ learningRate: 5e-3, epsilon: 1e-3 }),
          },
        });
      expect(Object.keys(one.state)).toHaveLength(6);
      for (const [name, variable] of Object.entries(one.state)) {
        const [expected, received] = [await variable.data(), await two.state[name]!.data()];
        expected.forEach((value, i) => expect(Math.abs(received[i]! - value), name).toBeLessThan(1e-5));
      }
      expect([...(await two.state["bijection.2.runningVariance"]!.data())]).not.toEqual(started);
      [one, two].forEach(disposeFlow);
    },
  );
});
