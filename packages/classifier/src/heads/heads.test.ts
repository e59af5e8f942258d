import { collectStateUpdates } from "@invertible/bijection";
import type { Observation } from "@invertible/bijection";
import { ShapeError } from "@invertible/errors";
import {
  createRandom,
  dispose,
  memory,
  mul,
  reshape,
  slice,
  sum,
  tensor,
  tidy,
  zeros,
} from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { assign } from "../../test-support/classifiers.ts";
import { pooledLogits, statisticsOf } from "../../test-support/reference.ts";
import { defineHead, denseHead, pooledHead } from "../index.ts";
import type { Head } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(5);
const inputShape = [3, 2, 4];
const [channels, classes] = [4, 3];
const numbers = {
  logScale: [0.4, -0.2, 0.1, 0],
  shift: [0.1, -0.3, 0.5, 0.2],
  weight: Array.from({ length: channels * classes }, (_, i) => Math.sin(i + 1)),
  bias: [0.2, -0.1, 0.4],
};
const running = { mean: [0.2, -0.1, 1, -2], variance: [1.5, 0.5, 0.2, 4] };

function newHead(): Head {
  const head = pooledHead({ inputShape, classes, random, momentum: 0.75 });
  assign(head.parameters, {
    "norm.logScale": numbers.logScale,
    "norm.shift": numbers.shift,
    weight: numbers.weight,
    bias: numbers.bias,
  });
  assign(head.state, { "norm.runningMean": running.mean, "norm.runningVariance": running.variance });
  return head;
}

/** Features whose channels have different means and sizes. */
const features = (count = 5) =>
  tidy(() =>
    random
      .normal([count, ...inputShape])
      .mul([1, 2, 0.5, 1])
      .add([0, 1, -1, 3]),
  ) as Tensor;

async function expectClose(result: Tensor, expected: readonly number[], tolerance = 1e-5): Promise<void> {
  const values = await result.data();
  dispose(result);
  expect(values).toHaveLength(expected.length);
  // The logits are of size 1 to 10, and a few dozen roundings stand before them.
  expected.forEach((value, i) => expect(Math.abs(values[i]! - value)).toBeLessThan(tolerance));
}

describe("pooledHead", () => {
  it("is batch norm, ReLU, mean over pixels and a linear layer, by the running statistics", async () => {
    const [head, z] = [newHead(), features()];
    await expectClose(head.logits(z), pooledLogits(await z.data(), 5, numbers, running));
  });

  it("normalises a training batch by its own statistics", async () => {
    const [head, z] = [newHead(), features()];
    const values = await z.data();
    await expectClose(
      head.logits(z, { training: true }),
      pooledLogits(values, 5, numbers, statisticsOf(values, channels)),
    );
  });

  it("proposes the running statistics of a training step, and moves none itself", async () => {
    const [head, z] = [newHead(), features()];
    const { mean, variance } = statisticsOf(await z.data(), channels);
    const stateUpdates = collectStateUpdates();
    dispose(head.logits(z, { training: true, stateUpdates }));
    expect([...(await head.state["norm.runningMean"]!.data())]).toEqual(running.mean.map(Math.fround));
    stateUpdates.apply();
    const moved = (from: readonly number[], to: readonly number[]) =>
      from.map((value, c) => 0.75 * value + 0.25 * to[c]!);
    await expectClose(head.state["norm.runningMean"]!.clone(), moved(running.mean, mean));
    await expectClose(head.state["norm.runningVariance"]!.clone(), moved(running.variance, variance));
    dispose(head.logits(z, { stateUpdates }));
    expect(stateUpdates.proposed.size).toBe(0);
  });

  it("sees each example alone in evaluation, and the whole batch in training", async () => {
    const [head, z] = [newHead(), features()];
    const rows = (training: boolean) =>
      tidy(() => slice(head.logits(slice(z, [0, 0, 0, 0], [2, ...inputShape]), { training }), 0, 1)).data();
    const batch = (training: boolean) => tidy(() => slice(head.logits(z, { training }), 0, 1)).data();
    expect(await rows(false)).toEqual(await batch(false));
    const [few, many] = [await rows(true), await batch(true)];
    expect(Math.abs(few[0]! - many[0]!)).toBeGreaterThan(1e-3);
  });

  it("takes running statistics from a start, after which training and evaluation agree", async () => {
    const [head, z] = [newHead(), features()];
    await head.starter!.start(z);
    const [evaluation, training] = [head.logits(z), head.logits(z, { training: true })];
    await expectClose(evaluation, [...(await training.data())]);
  });

  it("starts as PyTorch's linear layer does, from its key alone", async () => {
    const weights = async (head: Head) => [
      ...(await head.parameters["weight"]!.data()),
      ...(await head.parameters["bias"]!.data()),
    ];
    const large = { inputShape: [1, 1, 100], classes: 10, random };
    const values = await weights(pooledHead(large));
    const variance = values.reduce((total, value) => total + value ** 2, 0) / values.length;
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
    // Uniform on +-0.1. The variance of a thousand draws has a relative error of about 3 percent.
    expect(Math.abs((variance * 3) / 0.01 - 1)).toBeLessThan(0.15);
    expect(await weights(pooledHead(large))).toEqual(values);
    expect(await weights(pooledHead({ ...large, random: random.fold("other") }))).not.toEqual(values);
  });

  it("names its variables and refuses options out of range", () => {
    const head = pooledHead({ inputShape, classes, random });
    expect(Object.keys(head.parameters)).toEqual(["norm.logScale", "norm.shift", "weight", "bias"]);
    expect(Object.keys(head.state)).toEqual(["norm.runningMean", "norm.runningVariance"]);
    const wrong = (changes: object) => () => pooledHead({ inputShape, classes, random, ...changes });
    const before = memory().numTensors;
    expect(wrong({ inputShape: [4] })).toThrow("pooledHead.inputShape: expected [H, W, C], received [4]");
    expect(wrong({ classes: 1 })).toThrow(
      "pooledHead.classes: expected an integer from 2 to 1048576, received 1",
    );
    expect(wrong({ random: 7 })).toThrow("pooledHead.random: expected a random key");
    expect(wrong({ momentum: 1 })).toThrow("batchNorm.momentum: expected a number in [0, 1)");
    expect(wrong({ epsilon: 0 })).toThrow("batchNorm.epsilon: expected");
    expect(wrong({ class: 3 })).toThrow('received "class"; did you mean "classes"?');
    expect(memory().numTensors).toBe(before);
  });

  it("takes no batch of another shape, takes an empty one, and leaves nothing behind", async () => {
    const [head, z] = [newHead(), features()];
    const before = memory().numTensors;
    expect(() => head.logits(zeros([2, 3, 2, 5]))).toThrow(ShapeError);
    dispose(head.logits(z, { training: true }));
    const none = head.logits(zeros([0, ...inputShape]));
    expect(none.shape).toEqual([0, classes]);
    expect(() => head.logits(zeros([0, ...inputShape]), { training: true, trace: { path: "head" } })).toThrow(
      "batchNorm (head.norm).forward x in training: expected at least two numbers for each channel",
    );
    await expect(head.starter!.start(zeros([2, 1, 1, 4]), { trace: { path: "head" } })).rejects.toThrow(
      "pooledHead (head).initialise z: expected [B, 3, 2, 4], received [2, 1, 1, 4]",
    );
    dispose(none);
    // The four batches of zeros were made here.
    expect(memory().numTensors).toBe(before + 4);
  });
});

describe("denseHead", () => {
  const vectors: Shape = [4];
  const z = () => random.fold("vectors").normal([6, 4]);

  it("is a linear layer", async () => {
    const head = denseHead({ inputShape: vectors, classes, random });
    assign(head.parameters, { weight: numbers.weight, bias: numbers.bias });
    const values = await z().data();
    const expected = Array.from({ length: 6 * classes }, (_, i) => {
      const [row, k] = [Math.floor(i / classes), i % classes];
      return (
        numbers.bias[k]! +
        [0, 1, 2, 3].reduce((t, f) => t + values[row * 4 + f]! * numbers.weight[f * classes + k]!, 0)
      );
    });
    await expectClose(head.logits(z()), expected);
    await expectClose(head.logits(z(), { training: true }), expected);
    expect(Object.keys(head.parameters)).toEqual(["weight", "bias"]);
    expect(head.state).toEqual({});
    expect(head.starter).toBeUndefined();
    expect(head.logits(zeros([0, 4])).shape).toEqual([0, classes]);
  });

  it("has a batch norm before it where asked for", async () => {
    const options = { inputShape: vectors, classes, random };
    const head = denseHead({ ...options, norm: "batch-norm", momentum: 0.5, epsilon: 1e-3 });
    const linear = denseHead(options);
    const values = await z().data();
    const { mean, variance } = statisticsOf(values, 4);
    const normalised = Array.from(values, (v, i) => (v - mean[i % 4]!) / Math.sqrt(variance[i % 4]! + 1e-3));
    const expected = [...(await linear.logits(tensor(normalised, [6, 4])).data())];
    await expectClose(head.logits(z(), { training: true }), expected);
    await head.starter!.start(z());
    await expectClose(head.logits(z()), expected);
    expect(Object.keys(head.parameters)).toEqual(["norm.logScale", "norm.shift", "weight", "bias"]);
    expect(head.config).toEqual({
      inputShape: [4],
      momentum: 0.5,
      epsilon: 1e-3,
      norm: "batch-norm",
      classes,
    });
  });

  it("takes images as vectors", async () => {
    const [images, flat] = [[2, 1, 2], [4]].map((shape) => denseHead({ inputShape: shape, classes, random }));
    const pixels = reshape(z(), [6, 2, 1, 2]);
    expect(await images!.logits(pixels).data()).toEqual(await flat!.logits(z()).data());
    expect(images!.logits(zeros([0, 2, 1, 2])).shape).toEqual([0, classes]);
    const normed = denseHead({ inputShape: [2, 1, 2], classes, random, norm: "batch-norm" });
    expect(normed.parameters["norm.shift"]!.shape).toEqual([2]);
    expect(normed.logits(pixels, { training: true }).shape).toEqual([6, classes]);
  });

  it("refuses options out of range or without meaning", () => {
    const wrong = (changes: object) => () => denseHead({ inputShape: vectors, classes, random, ...changes });
    expect(wrong({ inputShape: [] })).toThrow("denseHead.inputShape: expected at least one axis");
    expect(wrong({ norm: "act-norm" })).toThrow("denseHead.norm: expected one of none, batch-norm");
    expect(wrong({ momentum: 0.5 })).toThrow(
      'denseHead.momentum: expected no such option without norm: "batch-norm", received 0.5',
    );
    expect(wrong({ classes: 2.5 })).toThrow("denseHead.classes: expected an integer from 2");
  });
});

describe("defineHead", () => {
  const definition = {
    name: "sums",
    inputShape: [3],
    classes: 2,
    config: {},
    logits: (z: Tensor) => tidy(() => mul(sum(z, 1, true), tensor([1, -1]))),
  };

  it("makes a head of one's own, with checks, clean-up and reports", async () => {
    const seen: string[] = [];
    const observe = ({ path, layer, direction, tensor: which, value }: Observation) =>
      seen.push(`${path} ${layer} ${direction} ${which} ${value.shape.join("x")}`);
    const [head, z] = [defineHead(definition), tensor([[1, 2, 3]])];
    const before = memory().numTensors;
    const logits = head.logits(z, { trace: { path: "head", observe } });
    expect([...(await logits.data())]).toEqual([6, -6]);
    expect(memory().numTensors).toBe(before + 1);
    expect(seen).toEqual(["head sums forward y 1x2"]);
    expect(Object.isFrozen(head)).toBe(true);
    expect([head.parameters, head.state]).toEqual([{}, {}]);
  });

  it("refuses wrong shapes, also of the result, and one name for two variables", () => {
    const head = defineHead({ ...definition, logits: (z) => mul(z, 1) });
    const z = zeros([2, 3]);
    const before = memory().numTensors;
    expect(() => head.logits(z)).toThrow("sums.logits result: expected [B, 2], received [2, 3]");
    expect(() => defineHead(definition).logits(head as unknown as Tensor)).toThrow(
      "sums.logits z: expected a tensor",
    );
    expect(memory().numTensors).toBe(before);
    const { bias } = denseHead({ inputShape: [3], classes: 2, random }).parameters;
    expect(() => defineHead({ ...definition, parameters: { bias: bias! }, state: { bias: bias! } })).toThrow(
      'sums: expected different names for parameters and state, received "bias"',
    );
    expect(() => defineHead({ ...definition, inputShape: [0] })).toThrow("sums.inputShape: expected a shape");
    expect(() => defineHead({ ...definition, classes: 0 })).toThrow("sums.classes: expected an integer");
  });
});
