import { continuousFlow, disposeFlow, loadFlow, saveFlow } from "@invertible/flow";
import { geometricLaw, russianRoulette, truncationBound } from "@invertible/log-det";
import { activation, createRandom, dispose, memory, valueAndGradients } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  imageGlow,
  imageIDenseNet,
  imageIResNet,
  imageImplicitFlow,
  imageMonotoneFlow,
  modelLayerTypes,
  parameterCount,
  vectorFfjord,
  vectorGlow,
  vectorIResNet,
  vectorMaf,
} from "./index.ts";
import type { ImageIResNetOptions } from "./index.ts";
import { examples, started } from "../test-support/models.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

const random = createRandom(17);
const evaluation = { random, training: false };

describe.each(examples)("%s", (_, build, data) => {
  it("is loaded from its file with the same bits", async () => {
    const x = data(random, 16);
    const flow = await started(build(random), x, 0.05);
    const bytes = await saveFlow(flow);
    const loaded = await loadFlow(bytes, { layers: modelLayerTypes });
    const logProb = await flow.logProb(x, evaluation).data();
    expect(logProb.every(Number.isFinite)).toBe(true);
    expect(await loaded.logProb(x, evaluation).data()).toEqual(logProb);
    expect(await saveFlow(loaded)).toEqual(bytes);
  });

  it("inverts what it maps, with evidence of every iterative layer", async () => {
    const x = data(random, 16);
    const whole = await started(build(random), x, 0.05);
    const { dequantisation, flow } = continuousFlow(whole);
    const start = dequantisation ? dequantisation.forward(x, { ...evaluation }) : x;
    const { x: back, evidence } = await flow.reconstruct(start, { random });
    const [want, got] = [await start.data(), await back.data()];
    // Float32 through a few layers of condition below 100, and the solver's own tolerance of 1e-5 for each.
    want.forEach((v, i) => expect(Math.abs(got[i]! - v)).toBeLessThan(1e-3));
    expect(evidence.every(({ converged }) => converged)).toBe(true);
    expect(evidence.length > 0).toBe(flow.traits.inverse === "iterative");
    if (dequantisation) {
      const pixels = await x.data();
      const integers = await (await whole.reconstruct(x, { random })).x.data();
      integers.forEach((v, i) => expect(v).toBe(pixels[i]));
    }
  });

  it("starts from data with latents near the base, and does not start twice", async () => {
    const x = data(random, 64);
    const flow = await started(build(random), x, 0);
    const y = flow.bijection.forward(x, { ...evaluation });
    const z = await y.data<"float32">();
    const square = z.reduce((sum, v) => sum + v * v, 0) / z.length;
    expect(square).toBeGreaterThan(0.05);
    expect(square).toBeLessThan(20);
    const before = await flow.logProb(x, evaluation).data();
    // Running statistics are those of the last start, whatever was before.
    const byBatch = flow.traits.trainingMap === "batch-statistics";
    await flow.initialise(byBatch ? x : x.mul(0.5).floor(), { ...evaluation });
    expect(await flow.logProb(x, evaluation).data()).toEqual(before);
  });

  it("gives every parameter a gradient in training, and leaks nothing", async () => {
    const x = data(random, 8);
    const flow = await started(build(random), x, 0.05);
    const variables = Object.values(flow.parameters);
    const before = memory().numTensors;
    const loss = () => flow.logProb(x, { random, training: true }).mean();
    const { value, gradients } = valueAndGradients(loss, variables);
    const sizes = await Promise.all(
      gradients.map(async (g) => (await g.data<"float32">()).reduce((sum, v) => sum + v * v, 0)),
    );
    Object.keys(flow.parameters).forEach((name, i) => {
      expect(Number.isFinite(sizes[i]!), name).toBe(true);
      expect(sizes[i]!, name).toBeGreaterThan(0);
    });
    value.dispose();
    gradients.forEach((g) => g.dispose());
    (await flow.sample(3, { random })).x.dispose();
    (await flow.reconstruct(x, { random })).x.dispose();
    await flow.refresh({ iterations: 2 });
    expect(memory().numTensors).toBe(before);
    disposeFlow(flow);
    expect(memory().numTensors).toBe(before - variables.length - Object.keys(flow.state).length);
  });

  it("samples within the data's range", async () => {
    const x = data(random, 64);
    const flow = await started(build(random), x, 0.05);
    const { x: drawn } = await flow.sample(8, { random });
    expect(drawn.shape).toEqual([8, ...x.shape.slice(1)]);
    const values = await drawn.data();
    for (const v of values) expect(Number.isFinite(v)).toBe(true);
    if (flow.traits.likelihood === "lower-bound")
      for (const v of values) expect(v >= 0 && v <= 255 && Number.isInteger(v)).toBe(true);
  });
});

describe("layouts", () => {
  it("imageGlow takes 28 x 28 through 14 x 14 and 7 x 7", () => {
    const flow = imageGlow({ inputShape: [28, 28, 1], stepsPerScale: [1, 1], width: 4, random });
    expect(flow.bijection.outputShape).toEqual([784]);
    expect(flow.dimension).toBe(784);
    expect(flow.traits).toEqual({
      logDet: "exact",
      logDetBias: 0,
      inverse: "analytic",
      likelihood: "lower-bound",
      levels: 256,
    });
    const shapes = Object.entries(flow.parameters)
      .filter(([name]) => name.endsWith("factors"))
      .map(([, { shape }]) => shape);
    expect(shapes).toEqual([
      [4, 4],
      [8, 8],
    ]);
  });

  it("imageIResNet takes 28 x 28 through 14 x 14 and 7 x 7, and only its first block lacks the leading activation", () => {
    const build = (blocksPerScale: number[]) =>
      imageIResNet({
        inputShape: [28, 28, 1],
        blocksPerScale,
        hiddenChannels: 4,
        activation: "lipSwish",
        random,
      });
    const flow = build([2, 1, 1]);
    expect(flow.bijection.outputShape).toEqual([7, 7, 16]);
    expect(flow.traits).toMatchObject({ logDet: "biased", inverse: "iterative", likelihood: "lower-bound" });
    // Four blocks of L = 0.9^3 times the slopes of lipSwish, on 784 numbers with 20 terms in evaluation.
    const slope = activation("lipSwish");
    const bound = (slopes: number) =>
      truncationBound({ lipschitz: 0.9 ** 3 * slope.lipschitz ** slopes, dimension: 784, terms: 20 });
    expect(flow.traits.logDetBias).toBeCloseTo(bound(2) + 3 * bound(3), 9);
    dispose(Object.values(slope.parameters));
    const betas = Object.keys(flow.parameters).filter((name) => name.endsWith("betaRaw"));
    expect(betas.length).toBe(2 + 3 + 3 + 3);
  });

  it("imageIResNet estimates log-dets as the Lipschitz constant of its blocks demands", () => {
    const build = (more: Partial<ImageIResNetOptions>) => {
      const flow = imageIResNet({
        inputShape: [4, 4, 1],
        blocksPerScale: [1],
        hiddenChannels: 2,
        random,
        ...more,
      });
      const { logDet } = flow.traits;
      disposeFlow(flow);
      return logDet;
    };
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      // L = 0.729: 5 terms leave out at most 0.07 nats a number. L = 0.81: 0.17.
      expect(build({})).toBe("biased");
      expect(build({ kernelSizes: [3, 3] })).toBe("unbiased");
      expect(build({ kernelSizes: [3, 3], coefficient: [0.9, 0.8] })).toBe("biased");
      expect(build({ kernelSizes: [3, 3], logDet: { trainingTerms: 12 } })).toBe("biased");
      expect(warn).not.toHaveBeenCalled();
      expect(build({ kernelSizes: [3, 3], logDet: { trainingTerms: 5 } })).toBe("biased");
      expect(warn.mock.calls.flat()).toEqual([
        expect.stringMatching(
          /^imageIResNet.logDet.trainingTerms: 5 terms with L = 0.810 leave out up to 0.17 nats/,
        ),
      ]);
    } finally {
      warn.mockRestore();
    }
  });

  it.each([
    ["imageIDenseNet", imageIDenseNet],
    ["imageMonotoneFlow", imageMonotoneFlow],
    ["imageImplicitFlow", imageImplicitFlow],
  ])("%s does so too, and a branch that does not contract is refused in its own words", (_, build) => {
    const logDetAt = (coefficient: number | number[]) => {
      const flow = build({ inputShape: [4, 4, 1], blocksPerScale: [1], coefficient, random });
      const { logDet } = flow.traits;
      disposeFlow(flow);
      return logDet;
    };
    expect(logDetAt(0.8)).toBe("biased");
    expect(logDetAt(0.96)).toBe("unbiased");
    const layers = build === imageImplicitFlow ? 3 : 4;
    expect(() => logDetAt(Array.from({ length: layers }, () => 1.1))).toThrow(/Branch: Lipschitz bound/);
  });

  it("imageIResNet has a learned 1x1 convolution before each block, and a width for each scale, where asked", () => {
    const flow = imageIResNet({
      ...{
        inputShape: [8, 8, 1],
        blocksPerScale: [1, 2],
        hiddenChannels: [3, 5],
        kernelSizes: [3, 1],
        random,
      },
      mixing: "conv-1x1",
    });
    const shapesOf = (end: string) =>
      Object.entries(flow.parameters)
        .filter(([name]) => name.endsWith(end))
        .map(([, { shape }]) => shape);
    expect(shapesOf("factors")).toEqual([
      [1, 1],
      [4, 4],
      [4, 4],
    ]);
    expect(shapesOf("weight")).toEqual([
      [3, 3, 1, 3],
      [1, 1, 3, 1],
      ...[0, 1].flatMap(() => [
        [3, 3, 4, 5],
        [1, 1, 5, 4],
      ]),
    ]);
    disposeFlow(flow);
  });

  it("parameterCount counts the parameters of a Glow step as one does by hand", () => {
    // act-norm 2 + 2, mixing 4, network 1-5-2 (10 + 12), base 2 + 2.
    expect(parameterCount(vectorGlow({ features: 2, steps: 1, hidden: [5], random }))).toBe(
      2 + 2 + 4 + 10 + 12 + 4,
    );
    // act-norm 4, network 2-5-2 (15 + 12), base 4.
    expect(
      parameterCount(vectorIResNet({ features: 2, blocks: 1, hidden: [5], activation: "elu", random })),
    ).toBe(4 + 15 + 12 + 4);
  });

  it("the same key gives the same model, and another key another", async () => {
    const bytes = (seed: number) =>
      saveFlow(vectorIResNet({ features: 2, blocks: 1, hidden: [4], random: createRandom(seed) }));
    expect(await bytes(1)).toEqual(await bytes(1));
    expect(await bytes(1)).not.toEqual(await bytes(2));
  });
});

describe("options of the residual networks", () => {
  const conditional = () =>
    vectorIResNet({
      features: 2,
      blocks: 2,
      hidden: [8],
      conditionFeatures: 3,
      activation: "lipSwish",
      random,
    });

  it("a conditional flow needs its condition, depends on it, and inverts with it", async () => {
    const flow = conditional();
    for (const [name, variable] of Object.entries(flow.parameters)) {
      const moved = random.fold(name).normal(variable.shape).mul(0.3);
      variable.assign(variable.add(moved));
    }
    await flow.refresh({ tolerance: 1e-4 });
    const x = random.normal([5, 2]);
    const conditions = [random.fold("one").normal([5, 3]), random.fold("other").normal([5, 3])] as const;
    expect(() => flow.logProb(x, evaluation)).toThrow(/condition/);
    const [one, other] = await Promise.all(
      conditions.map(async (condition) => [...(await flow.logProb(x, { ...evaluation, condition }).data())]),
    );
    one!.forEach((value, i) => expect(value).not.toBe(other![i]));
    const { x: back } = await flow.reconstruct(x, { random, condition: conditions[0] });
    const [want, got] = [await x.data(), await back.data()];
    want.forEach((v, i) => expect(Math.abs(got[i]! - v)).toBeLessThan(1e-3));
  });

  it.each([
    [
      "vectorGlow",
      () => vectorGlow({ features: 2, steps: 2, hidden: [8], conditionFeatures: 3, random }),
      () => random.normal([6, 2]),
    ],
    [
      "imageGlow",
      () =>
        imageGlow({ inputShape: [4, 4, 1], stepsPerScale: [1, 1], width: 4, conditionFeatures: 3, random }),
      () => random.uniform([6, 4, 4, 1], 0, 256).floor(),
    ],
  ])(
    "a conditional %s is saved with its condition, and the loaded one gives the same bits",
    async (_, build, data) => {
      const flow = build();
      const [x, condition] = [data(), random.fold("condition").normal([6, 3])];
      await flow.initialise(x, { ...evaluation, condition });
      for (const [name, variable] of Object.entries(flow.parameters))
        variable.assign(variable.add(random.fold(name).normal(variable.shape).mul(0.1)));
      const bytes = await saveFlow(flow);
      const loaded = await loadFlow(bytes, { layers: modelLayerTypes });
      const call = { ...evaluation, condition };
      const logProb = await flow.logProb(x, call).data();
      expect(await loaded.logProb(x, call).data()).toEqual(logProb);
      expect(await saveFlow(loaded)).toEqual(bytes);
      const other = await flow.logProb(x, { ...call, condition: condition.mul(-1) }).data();
      logProb.forEach((value, i) => expect(value).not.toBe(other[i]));
      expect(() => loaded.logProb(x, evaluation)).toThrow(
        /affineCoupling \(bijection\.\d+\)\.forward: call\.condition/,
      );
    },
  );

  it.each(["banach", "anderson", "broyden"] as const)("inverts by %s where asked", async (method) => {
    const data = random.normal([4, 2]);
    const built = vectorIResNet({ features: 2, blocks: 2, hidden: [8], inverse: { method }, random });
    const chosen = await started(built, data, 0.05);
    const { evidence } = await chosen.reconstruct(data, { random });
    expect(evidence.map((entry) => entry.method)).toEqual([method, method]);
    const plain = await started(vectorIResNet({ features: 2, blocks: 2, hidden: [8], random }), data, 0.05);
    const asked = await plain.reconstruct(data, { random, method });
    expect(asked.evidence.map((entry) => entry.method)).toEqual([method, method]);
  });

  it("an enforced flow is proven within c^n in every block, and its saved proof is accepted on loading", async () => {
    const flow = await started(
      vectorIResNet({ features: 2, blocks: 2, hidden: [8], coefficient: 0.9, activation: "elu", random }),
      random.normal([32, 2]),
      0.5,
    );
    await flow.enforce();
    const { layers } = await flow.certify();
    const blocks = layers.filter(({ layer }) => layer === "residualBlock");
    expect(blocks.map(({ path }) => path)).toEqual(["bijection.1", "bijection.3"]);
    for (const { forward, inverse } of blocks) {
      expect(forward).toBeLessThanOrEqual((1 + 0.9 ** 2) * (1 + 1e-12));
      expect(forward).toBeGreaterThan(1);
      expect(inverse).toBeLessThanOrEqual((1 / (1 - 0.9 ** 2)) * (1 + 1e-12));
    }
    const loaded = await loadFlow(await saveFlow(flow), { layers: modelLayerTypes });
    expect(await loaded.certify()).toEqual(await flow.certify());
  });
});

describe("options out of range", () => {
  const image = [28, 28, 1];
  it.each<[string, () => unknown, RegExp]>([
    [
      "vectorGlow features",
      () => vectorGlow({ features: 1, random }),
      /vectorGlow.features: expected .*at least 2.*received 1/,
    ],
    [
      "vectorGlow steps",
      () => vectorGlow({ features: 2, steps: 0, random }),
      /vectorGlow.steps: expected a positive integer, received 0/,
    ],
    ["vectorGlow hidden", () => vectorGlow({ features: 2, hidden: [4, -1], random }), /vectorGlow.hidden/],
    [
      "vectorGlow base",
      () => vectorGlow({ features: 2, base: "cauchy" as "standardNormal", random }),
      /vectorGlow.base: expected .*standardNormal, diagonalNormal.*received "cauchy"/,
    ],
    ["vectorMaf layers", () => vectorMaf({ features: 2, layers: 0, random }), /vectorMaf.layers/],
    [
      "vectorMaf hidden",
      () => vectorMaf({ features: 5, hidden: [3], random }),
      /vectorMaf.hidden: expected .*at least 4.*received 3/,
    ],
    [
      "vectorMaf normalisation",
      () => vectorMaf({ features: 2, normalisation: "layer-norm" as "act-norm", random }),
      /vectorMaf.normalisation: expected .*act-norm, batch-norm.*received "layer-norm"/,
    ],
    ["vectorFfjord blocks", () => vectorFfjord({ features: 2, blocks: 0, random }), /vectorFfjord.blocks/],
    [
      "vectorFfjord hidden",
      () => vectorFfjord({ features: 2, hidden: [], random }),
      /vectorFfjord.hidden: expected "?at least one width/,
    ],
    [
      "vectorFfjord steps, after variables were made",
      () => vectorFfjord({ features: 2, steps: 0, random }),
      /continuousBlock: steps: expected an integer from 1 to 1000, received 0/,
    ],
    [
      "vectorFfjord features without a random trace",
      () => vectorFfjord({ features: 65, hidden: [4], random }),
      /at most maxDimension = 64; use hutchinsonTrace/,
    ],
    ["vectorIResNet features", () => vectorIResNet({ features: 0, random }), /vectorIResNet.features/],
    [
      "vectorIResNet blocks",
      () => vectorIResNet({ features: 2, blocks: 1.5, random }),
      /vectorIResNet.blocks/,
    ],
    [
      "vectorIResNet hidden",
      () => vectorIResNet({ features: 2, hidden: [], random }),
      /vectorIResNet.hidden: expected "?at least one width/,
    ],
    [
      "vectorIResNet coefficient",
      () => vectorIResNet({ features: 2, coefficient: 1, random }),
      /vectorIResNet.coefficient: expected .*\(0, 1\).*received 1/,
    ],
    [
      "vectorIResNet coefficients, one for each layer",
      () => vectorIResNet({ features: 2, hidden: [4, 4], coefficient: [0.9, 0.9], random }),
      /coefficient: expected "?a number, or 3 of them/,
    ],
    [
      "vectorIResNet coefficients whose product is no contraction",
      () => vectorIResNet({ features: 2, hidden: [4], coefficient: [1, 1.1], activation: "elu", random }),
      /Lipschitz|contract/,
    ],
    [
      "vectorIResNet parametrisation",
      () => vectorIResNet({ features: 2, parametrisation: "free" as "aol", random }),
      /parametrisation: expected .*orthogonal.*received "free"/,
    ],
    [
      "vectorIResNet roulette without a variance",
      () =>
        vectorIResNet({
          features: 2,
          logDet: russianRoulette({ law: geometricLaw({ p: 0.5 }), exactTerms: 2 }),
          random,
        }),
      /variance/,
    ],
    [
      "vectorIResNet inverse",
      () => vectorIResNet({ features: 2, inverse: { method: "newton" as "banach" }, random }),
      /inverse.method: expected .*received "newton"/,
    ],
    [
      "imageIResNet roulette without a variance",
      () =>
        imageIResNet({
          inputShape: image,
          logDet: russianRoulette({ law: geometricLaw({ p: 0.9 }), exactTerms: 2 }),
          random,
        }),
      /variance/,
    ],
    [
      "vectorIResNet activation",
      () => vectorIResNet({ features: 2, activation: "cosh" as "elu", random }),
      /vectorIResNet.activation: expected .*relu.*received "cosh"/,
    ],
    [
      "imageGlow three scales of 28",
      () => imageGlow({ inputShape: image, stepsPerScale: [1, 1, 1], random }),
      /imageGlow.stepsPerScale: expected .*at most 2 scales.*7 x 7 cannot be squeezed/,
    ],
    [
      "imageGlow no scales",
      () => imageGlow({ inputShape: image, stepsPerScale: [], random }),
      /imageGlow.stepsPerScale/,
    ],
    [
      "imageGlow shape",
      () => imageGlow({ inputShape: [28, 28], random }),
      /imageGlow.inputShape: expected .*\[H, W, C\]/,
    ],
    [
      "imageGlow odd",
      () => imageGlow({ inputShape: [7, 7, 1], stepsPerScale: [1], random }),
      /at most 0 scales/,
    ],
    ["imageGlow width", () => imageGlow({ inputShape: image, width: 0, random }), /imageGlow.width/],
    [
      "imageGlow bins",
      () => imageGlow({ inputShape: image, pixels: { bins: 1 }, random }),
      /imageGlow.pixels.bins/,
    ],
    [
      "imageGlow alpha",
      () => imageGlow({ inputShape: image, pixels: { alpha: 0.5 }, random }),
      /imageGlow.pixels.alpha/,
    ],
    [
      "imageGlow alpha without logit",
      () => imageGlow({ inputShape: image, pixels: { transform: "centred", alpha: 0.1 } as object, random }),
      /alpha: expected .*not a logit/,
    ],
    [
      "imageGlow transform",
      () => imageGlow({ inputShape: image, pixels: { transform: "x" } as object, random }),
      /imageGlow.pixels.transform/,
    ],
    [
      "imageIResNet four scales of 28",
      () => imageIResNet({ inputShape: image, blocksPerScale: [1, 1, 1, 1], random }),
      /imageIResNet.blocksPerScale: expected .*at most 3 scales.*7 x 7/,
    ],
    [
      "imageIResNet squeezed three scales of 28",
      () => imageIResNet({ inputShape: image, blocksPerScale: [1, 1, 1], firstScale: "squeezed", random }),
      /at most 2 scales/,
    ],
    [
      "imageIResNet half of one channel",
      () => imageIResNet({ inputShape: image, betweenScales: "factor-out-half", random }),
      /imageIResNet: expected .*even number of channels/,
    ],
    [
      "imageIResNet blocks",
      () => imageIResNet({ inputShape: image, blocksPerScale: [0], random }),
      /imageIResNet.blocksPerScale: expected a positive integer, received 0/,
    ],
    [
      "imageIResNet coefficient",
      () => imageIResNet({ inputShape: image, coefficient: 0, random }),
      /imageIResNet.coefficient/,
    ],
    [
      "imageIResNet widths",
      () => imageIResNet({ inputShape: image, hiddenChannels: [4, 4], random }),
      /imageIResNet.hiddenChannels: expected a number, or one for each of 3 scales/,
    ],
    [
      "imageIResNet mixing",
      () => imageIResNet({ inputShape: image, mixing: "lu" as "none", random }),
      /imageIResNet.mixing/,
    ],
    [
      "imageIResNet terms",
      () => imageIResNet({ inputShape: image, logDet: { trainingTerms: 0 }, random }),
      /imageIResNet.logDet.trainingTerms/,
    ],
    [
      "imageIResNet scale",
      () => imageIResNet({ inputShape: image, firstScale: "half" as "squeezed", random }),
      /imageIResNet.firstScale/,
    ],
  ])("refuses %s with a clear error, and leaves nothing behind", (_, make, message) => {
    const before = memory().numTensors;
    expect(make).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});
