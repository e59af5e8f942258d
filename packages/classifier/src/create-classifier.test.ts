import { chain, collectStateUpdates, defineBijection } from "@invertible/bijection";
import type { Bijection, Observation, BijectionDefinition } from "@invertible/bijection";
import { OutOfMemoryError, UnsupportedError } from "@invertible/errors";
import { createFlow, standardNormal } from "@invertible/flow";
import { actNorm, batchNorm } from "@invertible/layers";
import { add, createRandom, dispose, memory, sub, tensor, tidy, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { exampleClassifier, exampleFeatures } from "../test-support/classifiers.ts";
import { logSoftmaxOf } from "../test-support/reference.ts";
import {
  checkClassifier,
  classifier,
  createClassifier,
  denseHead,
  disposeClassifier,
  pooledHead,
} from "./index.ts";
import type { Classifier } from "./index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(31);
const images = (count = 5) => random.normal([count, 4, 4, 1]);

/** x + condition, if there is one, whose log-det nobody may ask for. */
function shiftedByCondition(more: Partial<BijectionDefinition> = {}): Bijection {
  const noLogDet = () => {
    throw new Error("a log-det was computed");
  };
  return defineBijection({
    name: "shiftedByCondition",
    inputShape: [3],
    outputShape: [3],
    config: {},
    forward: (x, { condition }) => ({ y: condition ? add(x, condition) : x, logDet: noLogDet }),
    inverse: (y, { condition }) => ({ x: condition ? sub(y, condition) : y, logDet: noLogDet }),
    ...more,
  });
}

it("no class is named for logits that are not finite", async () => {
  const features = shiftedByCondition();
  const model = classifier({ features, classes: 2, random });
  const x = tensor([1, 2, 3, NaN, 0, 0, 4, 5, 6], [3, 3]);
  const classes = model.classify(x);
  const [first, second, third] = await classes.data();
  expect(second).toBe(-1);
  for (const each of [first, third]) expect([0, 1]).toContain(each);
  dispose([x, classes]);
});

describe("a classifier", () => {
  it("is its head on its features, and computes no log-det", async () => {
    const features = shiftedByCondition();
    const model = classifier({ features, classes: 2, random });
    const [x, condition] = [random.normal([4, 3]), random.fold("condition").normal([4, 3])];
    const expected = await model.head.logits(add(x, condition)).data();
    expect(await model.logits(x, { condition }).data()).toEqual(expected);
    expect(model.classes).toBe(2);
    const { x: back } = await model.reconstruct(x, { condition });
    const [given, found] = [await x.data(), await back.data()];
    // One sum and one difference of numbers of size 1 to 4.
    given.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-6));
  });

  it("names variables and layers by their place", () => {
    const model = exampleClassifier(1);
    expect(Object.keys(model.parameters).filter((name) => !name.startsWith("features.2"))).toEqual([
      "features.1.logScale",
      "features.1.shift",
      "head.norm.logScale",
      "head.norm.shift",
      "head.weight",
      "head.bias",
    ]);
    expect(Object.keys(model.state)).toEqual(
      expect.arrayContaining([
        "features.1.initialised",
        "head.norm.runningMean",
        "head.norm.runningVariance",
      ]),
    );
    const seen: string[] = [];
    const observe = ({ path, layer }: Observation) => seen.push(`${path} ${layer}`);
    dispose(model.logits(images(), { trace: { path: "", observe } }));
    expect(seen).toEqual([
      "features.0 squeeze",
      "features.1 actNorm",
      "features.2 residualBlock",
      "features chain",
      "head.norm batchNorm",
      "head pooledHead",
    ]);
  });

  it("gives log-probabilities and the most probable class", async () => {
    const [model, x] = [exampleClassifier(2), images(7)];
    const logits = [...(await model.logits(x).data())];
    const expected = logSoftmaxOf(logits, 3);
    const logProbs = await model.logProbs(x).data();
    // Rounding of logits of size 1.
    expected.forEach((value, i) => expect(Math.abs(logProbs[i]! - value)).toBeLessThan(1e-6));
    const found = model.classify(x);
    expect([found.dtype, found.shape]).toEqual(["int32", [7]]);
    const best = Array.from({ length: 7 }, (_, b) => {
      const row = logits.slice(3 * b, 3 * b + 3);
      return row.indexOf(Math.max(...row));
    });
    expect([...(await found.data())]).toEqual(best);
  });

  it("reconstructs data from features, with evidence", async () => {
    const [model, x] = [exampleClassifier(3), images(3)];
    const { x: back, evidence } = await model.reconstruct(x);
    const [given, found] = [await x.data(), await back.data()];
    // The default tolerance of an inverse is 1e-5 of the length of a row, which is about 4.
    given.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-4));
    expect(evidence.map(({ path, converged, rows }) => [path, converged, rows.length])).toEqual([
      ["features.2", true, 3],
    ]);
  });

  it("does not reconstruct through features without an inverse", async () => {
    const features = shiftedByCondition({ traits: { inverse: "none" } });
    const model = classifier({ features, classes: 2, random });
    const before = memory().numTensors;
    const x = zeros([2, 3]);
    expect(model.logits(x).shape).toEqual([2, 2]);
    await expect(model.reconstruct(x)).rejects.toThrow(UnsupportedError);
    expect(memory().numTensors).toBe(before + 2);
  });

  it("starts every layer and the head from data", async () => {
    const [model, x] = [exampleClassifier(4), images(16)];
    const before = memory().numTensors;
    await model.initialise(x);
    expect(memory().numTensors).toBe(before);
    expect([...(await model.state["features.1.initialised"]!.data())]).toEqual([1]);
    const [evaluation, training] = [
      await model.logits(x).data(),
      await model.logits(x, { training: true }).data(),
    ];
    evaluation.forEach((value, i) => expect(Math.abs(value - training[i]!)).toBeLessThan(1e-5));
    const bare = classifier({ features: actNorm({ inputShape: [3] }), classes: 2, random });
    await bare.initialise(random.normal([8, 3]));
    expect([...(await bare.state["features.initialised"]!.data())]).toEqual([1]);
  });

  it("hands the proposals of a training step on, from the network and from the head", () => {
    const features = batchNorm({ inputShape: [3] });
    const head = denseHead({ inputShape: [3], classes: 2, norm: "batch-norm", random });
    const model = createClassifier({ features, head });
    const stateUpdates = collectStateUpdates();
    dispose(model.logits(random.normal([4, 3]), { training: true, stateUpdates }));
    const proposed = Object.keys(model.state).filter((name) => stateUpdates.proposed.has(model.state[name]!));
    expect(proposed).toEqual(Object.keys(model.state));
    stateUpdates.dispose();
  });

  it("refreshes, enforces and proves the constants of its features", async () => {
    const model = exampleClassifier(5);
    await model.initialise(images(16));
    await model.refresh();
    expect(model.isFresh()).toBe(true);
    const weight = Object.entries(model.parameters).find(([name]) =>
      /^features\.2.*weight|kernel/.test(name),
    )![1];
    tidy(() => weight.assign(weight.mul(10)));
    expect(model.isFresh()).toBe(false);
    await model.refresh({ iterations: 20 });
    expect(model.isFresh()).toBe(true);
    await model.enforce();
    const { forward, inverse, layers } = await model.certify();
    expect(layers.map(({ path }) => path)).toEqual(["features.0", "features.1", "features.2"]);
    const block = layers[2]!;
    // L = 0.8^3 of the branch's three convolutions; elu has slope 1.
    expect(block.forward).toBeLessThanOrEqual(1 + 0.8 ** 3 + 1e-6);
    expect(block.inverse).toBeLessThanOrEqual(1 / (1 - 0.8 ** 3) + 1e-6);
    expect(forward).toBeGreaterThan(0);
    expect(inverse).toBeLessThan(Infinity);
  });

  it("shares the variables of its network with a flow", async () => {
    const features = actNorm({ inputShape: [3] });
    const flow = createFlow({ bijection: features, base: standardNormal({ shape: [3] }) });
    const model = classifier({ features, classes: 2, random });
    await flow.initialise(random.normal([8, 3]));
    expect(model.parameters["features.shift"]).toBe(flow.parameters["bijection.shift"]);
    expect([...(await model.state["features.initialised"]!.data())]).toEqual([1]);
  });

  it("gives an empty batch empty results", async () => {
    const model = exampleClassifier(6);
    const none = zeros([0, 4, 4, 1]);
    expect(model.logits(none).shape).toEqual([0, 3]);
    expect(model.logProbs(none).shape).toEqual([0, 3]);
    expect(model.classify(none).shape).toEqual([0]);
    expect((await model.reconstruct(none)).x.shape).toEqual([0, 4, 4, 1]);
  });

  it("leaks nothing, even from calls that throw", async () => {
    const model = exampleClassifier(7);
    const variables = Object.keys({ ...model.parameters, ...model.state }).length;
    const [x, wrong] = [images(), random.normal([5, 4, 4, 2])];
    const start = memory().numTensors;
    dispose([model.logits(x), model.logProbs(x, { training: true }), model.classify(x)]);
    dispose((await model.reconstruct(x)).x);
    const message = "chain (features).forward x: expected [B, 4, 4, 1], received [5, 4, 4, 2]";
    for (const method of ["logits", "logProbs", "classify"] as const)
      expect(() => model[method](wrong)).toThrow(message);
    await expect(model.reconstruct(wrong)).rejects.toThrow(message);
    await expect(model.initialise(wrong)).rejects.toThrow(/expected \[B, 4, 4, 1\]/);
    const observe = ({ path }: Observation) => {
      if (path === "head") throw new Error("from an observer");
    };
    expect(() => model.logits(x, { trace: { path: "", observe } })).toThrow("from an observer");
    expect(memory().numTensors).toBe(start);
    dispose([x, wrong]);
    disposeClassifier(model);
    expect(memory().numTensors).toBe(start - 2 - variables);
  });

  it("says which batch was too large", () => {
    const full = () => {
      throw new OutOfMemoryError("wasm backend: out of memory");
    };
    const model = classifier({
      features: shiftedByCondition({ forward: full }),
      classes: 2,
      random,
    });
    expect(() => model.classify(zeros([9, 3]))).toThrow(
      "classifier.classify: expected a batch that fits into memory, received 9 examples (wasm backend: out of memory); " +
        "split them into several calls",
    );
  });

  it("cannot be used after it was disposed of", async () => {
    const model = exampleClassifier(8);
    disposeClassifier(model);
    const message =
      /expected a classifier in use, received "one whose variable features\.\S+ was disposed of"/;
    expect(() => model.logits(images())).toThrow(message);
    expect(() => checkClassifier("here", model)).toThrow(message);
    await expect(model.certify()).rejects.toThrow(message);
    expect(() => model.isFresh()).toThrow(message);
    expect(() => disposeClassifier(model)).not.toThrow();
  });
});

describe("createClassifier", () => {
  it("refuses a head of another shape, and what is no head or bijection", () => {
    const features = exampleFeatures(9);
    const head = denseHead({ inputShape: [16], classes: 2, random });
    expect(() => createClassifier({ features, head })).toThrow(
      "createClassifier: chain -> denseHead: expected [2, 2, 4], received [16]",
    );
    expect(() => createClassifier({ features, head: {} as typeof head })).toThrow(
      "createClassifier.head: expected a head such as pooledHead",
    );
    expect(() => createClassifier({ features: head as unknown as Bijection, head })).toThrow(
      "createClassifier.features: expected a bijection",
    );
    expect(() => checkClassifier("here", {} as Classifier)).toThrow(
      "here: expected a classifier made by createClassifier",
    );
    const right = pooledHead({ inputShape: [2, 2, 4], classes: 2, random });
    expect(Object.isFrozen(createClassifier({ features, head: right }))).toBe(true);
  });
});

describe("classifier", () => {
  it("chooses the head by the shape of the features", () => {
    expect(exampleClassifier(10).head.name).toBe("pooledHead");
    const vectors = classifier({ features: actNorm({ inputShape: [3] }), classes: 4, random });
    expect([vectors.head.name, vectors.classes]).toEqual(["denseHead", 4]);
    const before = memory().numTensors;
    const odd = chain([shiftedByCondition({ inputShape: [3, 2], outputShape: [3, 2] })]);
    expect(() => classifier({ features: odd, classes: 4, random })).toThrow(
      "classifier.features: expected an output of shape [features] or [H, W, C]; createClassifier takes a head for others, received [3,2]",
    );
    expect(() => classifier({ features: vectors.features, classes: 0, random })).toThrow(
      "classifier.classes: expected an integer from 2 to 1048576, received 0",
    );
    expect(() => classifier({ features: {} as Bijection, classes: 2, random })).toThrow(
      "classifier.features: expected a bijection",
    );
    expect(memory().numTensors).toBe(before);
  });
});
