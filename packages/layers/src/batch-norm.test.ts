import { certify, collectStateUpdates, initialise } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { NonFiniteError } from "@invertible/errors";
import { createRandom, dispose, memory, tensor, tidy, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { batchNorm } from "./batch-norm.ts";

const random = createRandom(11);
const positions = 6;
const inputShape = [2, 3, 2];
const [logScale, shift] = [
  [0.3, -0.5],
  [1, 2],
];
const epsilon = 1e-3;

function assign(layer: Bijection, kind: "parameters" | "state", values: Record<string, number[]>): void {
  for (const [name, list] of Object.entries(values)) tidy(() => layer[kind][name]!.assign(tensor(list)));
}

function newLayer(): Bijection {
  const layer = batchNorm({ inputShape, epsilon, momentum: 0.75 });
  assign(layer, "parameters", { logScale, shift });
  return layer;
}

/** Images whose channels have means 3 and -40 and deviations 2 and 0.1. */
const images = () =>
  tidy((): Tensor =>
    random
      .normal([5, ...inputShape])
      .mul([2, 0.1])
      .add([3, -40]),
  );

/** Mean and biased variance of each channel, in float64. */
async function statisticsOf(x: Tensor) {
  const values = await x.data();
  const channel = (c: number) => [...values].filter((_, i) => i % 2 === c);
  const mean = [0, 1].map((c) => channel(c).reduce((a, b) => a + b, 0) / channel(c).length);
  const variance = [0, 1].map(
    (c) => channel(c).reduce((a, b) => a + (b - mean[c]!) ** 2, 0) / channel(c).length,
  );
  return { mean, variance };
}

/** The formula of the papers, in float64: y, and the log-det of one example. */
async function expectedOf(x: Tensor, { mean, variance }: { mean: number[]; variance: number[] }) {
  const y = Array.from(await x.data(), (value, i) => {
    const c = i % 2;
    return (Math.exp(logScale![c]!) * (value - mean[c]!)) / Math.sqrt(variance[c]! + epsilon) + shift![c]!;
  });
  const logDet =
    positions * variance.reduce((total, v, c) => total + logScale![c]! - 0.5 * Math.log(v + epsilon), 0);
  return { y, logDet };
}

/** y is about 1 in size, and a mean of -40 with a deviation of 0.1 costs 40 / 0.1 units of float32 rounding. */
async function expectResult(
  result: { readonly y: Tensor; readonly logDet: Tensor },
  expected: { readonly y: number[]; readonly logDet: number },
): Promise<void> {
  const [y, logDet] = [await result.y.data(), await result.logDet.data()];
  expected.y.forEach((value, i) => expect(Math.abs(y[i]! - value)).toBeLessThan(1e-4));
  for (const value of logDet) expect(Math.abs(value / expected.logDet - 1)).toBeLessThan(1e-4);
  dispose([result.y, result.logDet]);
}

describe("batchNorm", () => {
  beforeAll(() => startBackend("wasm"));

  it("normalises a training batch by its own statistics over examples and positions", async () => {
    const [layer, x] = [newLayer(), images()];
    const expected = await expectedOf(x, await statisticsOf(x));
    await expectResult(layer.forwardAndLogDet(x, { training: true }), expected);
  });

  it("normalises otherwise by the running statistics", async () => {
    const [layer, x] = [newLayer(), images()];
    const running = { mean: [2, -39], variance: [5, 0.25] };
    assign(layer, "state", { runningMean: running.mean, runningVariance: running.variance });
    await expectResult(layer.forwardAndLogDet(x), await expectedOf(x, running));
  });

  it("proposes running statistics moved by one minus the momentum, and changes none itself", async () => {
    const [layer, x] = [newLayer(), images()];
    const { mean, variance } = await statisticsOf(x);
    const before = memory().numTensors;
    const stateUpdates = collectStateUpdates();
    dispose(layer.forward(x, { training: true, stateUpdates }));
    expect([...(await layer.state["runningMean"]!.data())]).toEqual([0, 0]);
    stateUpdates.apply();
    expect(memory().numTensors).toBe(before);
    const [means, variances] = [
      await layer.state["runningMean"]!.data(),
      await layer.state["runningVariance"]!.data(),
    ];
    [0, 1].forEach((c) => {
      expect(means[c]).toBeCloseTo(0.25 * mean[c]!, 5);
      expect(variances[c]).toBeCloseTo(0.75 + 0.25 * variance[c]!, 5);
    });
    dispose(layer.forward(x, { stateUpdates }));
    expect(stateUpdates.proposed.size).toBe(0);
  });

  it("takes running statistics from every start, after which both modes agree", async () => {
    const [layer, x] = [newLayer(), images()];
    await initialise(layer, random.fold("another").normal([4, ...inputShape]));
    await initialise(layer, x);
    const expected = await expectedOf(x, await statisticsOf(x));
    for (const training of [false, true])
      await expectResult(layer.forwardAndLogDet(x, { training }), expected);
  });

  it("proves the constants of evaluation, and refuses a variance below 0", async () => {
    const layer = newLayer();
    assign(layer, "state", { runningVariance: [4, 0.01] });
    const { forward, inverse } = await certify(layer);
    const scales = [Math.exp(0.3) / Math.sqrt(4 + epsilon), Math.exp(-0.5) / Math.sqrt(0.01 + epsilon)];
    expect(forward / Math.max(...scales)).toBeCloseTo(1, 6);
    expect(inverse * Math.min(...scales)).toBeCloseTo(1, 6);
    assign(layer, "state", { runningVariance: [4, -1] });
    await expect(certify(layer)).rejects.toThrow(NonFiniteError);
  });

  it("needs two numbers for each channel in training and for a start, not in evaluation", async () => {
    const layer = batchNorm({ inputShape: [2] });
    const x = zeros([1, 2]);
    const expected = "expected at least two numbers for each channel, to take a variance from, received 1";
    expect(() => layer.forward(x, { training: true })).toThrow(
      `batchNorm.forward x in training: ${expected}`,
    );
    await expect(initialise(layer, x)).rejects.toThrow(`batchNorm.initialise x: ${expected}`);
    expect([...(await layer.forward(x).data())]).toEqual([0, 0]);
    const image = batchNorm({ inputShape: [1, 2, 2] });
    expect(image.forward(zeros([1, 1, 2, 2]), { training: true }).shape).toEqual([1, 1, 2, 2]);
  });

  it("refuses options out of range", () => {
    expect(() => batchNorm({ inputShape: [] })).toThrow("batchNorm.inputShape: expected at least one axis");
    for (const momentum of [1, -0.1, NaN, "0.5" as unknown as number])
      expect(() => batchNorm({ inputShape: [2], momentum })).toThrow(
        "batchNorm.momentum: expected a number in [0, 1)",
      );
    for (const value of [0, -1, Infinity])
      expect(() => batchNorm({ inputShape: [2], epsilon: value })).toThrow("batchNorm.epsilon: expected");
  });
});
