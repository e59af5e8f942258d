import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chain } from "@invertible/bijection";
import { classifier, oneHot } from "@invertible/classifier";
import { affineCoupling, denseConditioner } from "@invertible/coupling";
import { createFlow, disposeModel, standardNormal } from "@invertible/flow";
import { createRandom, dispose, tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { maximumLikelihood, minimumCrossEntropy } from "@invertible/trainer";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuiltHybrid } from "../catalogue/model-entry.ts";
import type { Answer } from "../run/messages.ts";
import { stagesOf, variablesOf } from "./built-model.ts";
import { withPseudoLabels } from "./pseudo-labels.ts";
import type { JobRequest } from "./request.ts";
import { trainModel } from "./train-model.ts";

const random = createRandom(8);
let folder = "";
beforeEach(async () => {
  await startBackend("wasm");
  folder = mkdtempSync(join(tmpdir(), "stages-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A density that is trained first, then a classifier on the few examples that have a class, and then on those it is surest of. */
function pretrained(): BuiltHybrid {
  const bijection = chain(
    ["first", "second"].map((passThrough) =>
      affineCoupling({
        inputShape: [2],
        passThrough: passThrough as "first" | "second",
        conditioner: denseConditioner({ hidden: [8], random: random.fold(passThrough) }),
      }),
    ),
  );
  const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
  const model = classifier({ features: bijection, classes: 2, random });
  const objective = minimumCrossEntropy(model);
  return {
    ...{ flow, classifier: model, architecture: {}, logDet: "sum of log-scales" },
    stages: [
      { name: "training", objective: maximumLikelihood(flow), share: 0.5 },
      { name: "fine-tuning", objective, share: 0.25, examples: "labelled", rate: 0.5 },
      { name: "self-training", objective, share: 0.25, examples: { pseudoLabels: 0.5 } },
    ],
  };
}

function examples() {
  const values = random.fold("data").normalArray(2 * 60);
  const target = oneHot(
    Array.from({ length: 60 }, (_, i) => (values[2 * i]! > 0 ? 1 : 0)),
    2,
  );
  for (let row = 10; row < 60; row++) target.values.fill(0, 2 * row, 2 * row + 2);
  return { values, shape: [2], count: 60, target };
}

/** Trains until the signal stops it, and says what became of the weights. */
async function run(steps: number, stopAfter = Infinity) {
  const model = pretrained();
  const control = new AbortController();
  const told: Answer[] = [];
  let seen = 0;
  const request = {
    checkpoint: join(folder, "job.safetensors"),
    training: {
      ...{ steps, optimizer: "adam", learningRate: 1e-2, finalRate: 0.1, checkpointEvery: 1 },
      ...{ warmupSteps: 2, clipNorm: 10, tunedWith: null },
    },
    workload: { batchSize: 8 },
    engine: "eager",
    threads: 1,
  } as unknown as JobRequest;
  const data = { train: examples(), test: examples() };
  const { step, finished, history } = await trainModel({
    ...{ request, model, data, unit: "nats", random, signal: control.signal },
    tell: (answer) => told.push(answer),
    // Called before each checkpoint, and so once in a step.
    checkWritable() {
      if (++seen >= stopAfter) control.abort();
    },
  });
  const { parameters } = variablesOf(model);
  const weights = await Promise.all(Object.values(parameters).map(async (v) => [...(await v.data())]));
  disposeModel(variablesOf(model));
  return { step, finished, loss: [...history.loss], weights, told };
}

it("trains one stage after the other, and goes on in either with the same numbers", async () => {
  const whole = await run(12);
  expect([whole.step, whole.finished, whole.loss.length]).toEqual([12, true, 12]);
  const phases = whole.told.flatMap((answer) => (answer.kind === "progress" ? [answer.phase] : []));
  expect(new Set(phases)).toEqual(new Set(["training", "fine-tuning", "self-training"]));
  for (const stopAfter of [3, 8, 11]) {
    rmSync(join(folder), { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "stages-"));
    const part = await run(12, stopAfter);
    expect(part.finished).toBe(false);
    expect(part.step).toBeLessThan(12);
    const resumed = await run(12);
    expect(resumed.finished).toBe(true);
    expect(resumed.loss).toEqual(whole.loss);
    expect(resumed.weights).toEqual(whole.weights);
  }
});

it("labels the examples of each class that it is surest of, and keeps the classes that are known", async () => {
  const model = pretrained();
  const set = examples();
  const labelled = await withPseudoLabels(model.classifier, set, 0.5, random);
  const x = tensor(set.values, [60, 2]);
  const logProbs = model.classifier.logProbs(x);
  const values = [...(await logProbs.data())];
  dispose([x, logProbs]);
  const expected: number[] = [];
  for (const k of [0, 1]) {
    const named = Array.from({ length: 50 }, (_, i) => 10 + i).filter(
      (row) => values[2 * row + k]! > values[2 * row + 1 - k]!,
    );
    named.sort((a, b) => values[2 * b + k]! - values[2 * a + k]!);
    expected.push(...named.slice(0, Math.ceil(named.length / 2)));
  }
  expect(labelled.count).toBe(10 + expected.length);
  expect([...labelled.values]).toEqual(
    [...Array(10).keys(), ...expected].flatMap((row) => [...set.values.subarray(2 * row, 2 * row + 2)]),
  );
  expect([...labelled.target!.values.subarray(0, 20)]).toEqual([...set.target.values.subarray(0, 20)]);
  disposeModel(variablesOf(model));
});

it("refuses stages that are no division of the steps, or whose checkpoints would be one", () => {
  const model = pretrained();
  const [first, second] = model.stages;
  expect(() => stagesOf({ ...model, stages: [first!, second!] })).toThrow(
    "stages: expected shares that add up to 1, received 0.75",
  );
  const twice = { ...first!, share: 0.5 };
  expect(() => stagesOf({ ...model, stages: [twice, twice] })).toThrow(
    "stages: expected different names, received training, training",
  );
  disposeModel(variablesOf(model));
});

it("counts a variable that a flow and a classifier share once", () => {
  const model = pretrained();
  const names = Object.keys(variablesOf(model).parameters);
  const both = [...Object.values(model.flow.parameters), ...Object.values(model.classifier.parameters)];
  expect(names).toHaveLength(new Set(both).size);
  expect(names.length).toBeLessThan(both.length);
  disposeModel(variablesOf(model));
});
