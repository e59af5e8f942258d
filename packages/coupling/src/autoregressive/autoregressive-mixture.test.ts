import { describeLayer, rebuild } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { createRandom, memory, tensor, tidy, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { autoregressiveMixture, couplingTypes } from "../index.ts";
import type { AutoregressiveMixtureOptions } from "../index.ts";

const random = createRandom(12);
const make = (
  features: number,
  hidden: readonly number[],
  more: Partial<AutoregressiveMixtureOptions> = {},
) =>
  autoregressiveMixture({
    inputShape: [features],
    hidden,
    random,
    activation: "tanh",
    components: 3,
    ...more,
  });
const evaluation: Call = { random, training: false };

/** Moves the layer away from its start, where all entries have the same mixture. */
function moved(layer: Bijection, deviation = 0.5): Bijection {
  for (const [name, variable] of Object.entries(layer.parameters))
    tidy(() => variable.assign(variable.add(random.fold(name).normal(variable.shape).mul(deviation))));
  return layer;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("autoregressiveMixture", () => {
  beforeAll(() => startBackend("wasm"));

  it("equals mixtures computed by hand, whose conditionals depend on what came before", async () => {
    // One hidden unit h = tanh(0.7 x1 - 0.2) and two components. The numbers of x2 are h times a weight, plus a bias.
    const layer = make(2, [1], { components: 2, logScaleBound: 5 });
    const set = (name: string, values: number[], shape: number[]) =>
      tidy(() => layer.parameters[`network.${name}`]!.assign(tensor(values, shape)));
    const first = [0.3, -0.4, 0.5, -0.2, 0.1, -1];
    const second = [0.1, 0.6, -0.3, 0.9, -0.5, 0.2];
    const weights = [0.4, -0.9, 0.8, -0.7, 0.3, 0.2];
    set("0.weight", [0.7, 100], [2, 1]);
    set("0.bias", [-0.2], [1]);
    set("1.weight", [...Array<number>(6).fill(100), ...weights], [1, 12]);
    set("1.bias", [...first, ...second], [12]);
    const [x1, x2] = [0.8, -1.7];
    const h = Math.tanh(0.7 * x1 - 0.2);
    const expected = [
      [x1, first],
      [x2, second.map((b, i) => b + weights[i]! * h)],
    ].map(([x, numbers]) => {
      const [u, v, t] = [0, 2, 4].map((at) => (numbers as number[]).slice(at, at + 2));
      const total = Math.exp(u![0]!) + Math.exp(u![1]!);
      let [f, density] = [0, 0];
      for (const k of [0, 1]) {
        const scale = Math.exp(5 * Math.tanh(t![k]! / 5));
        const p = sigmoid(((x as number) - (v![k]! + [-1.5, 1.5][k]!)) / scale);
        f += (Math.exp(u![k]!) / total) * p;
        density += ((Math.exp(u![k]!) / total) * p * (1 - p)) / scale;
      }
      return { y: Math.log(f / (1 - f)), logSlope: Math.log(density / (f * (1 - f))) };
    });
    const { y, logDet } = layer.forwardAndLogDet(tensor([[x1, x2]]), evaluation);
    (await y.data()).forEach((v, i) => expect(Math.abs(v - expected[i]!.y)).toBeLessThan(2e-6));
    const sum = expected[0]!.logSlope + expected[1]!.logSlope;
    expect(Math.abs((await logDet.data())[0]! - sum)).toBeLessThan(4e-6);
  });

  it("stays finite far in the tails, where its slope is that of the widest component", async () => {
    const layer = moved(make(1, []));
    for (const x of [-1e6, -300, 300, 1e6]) {
      const { y, logDet } = layer.forwardAndLogDet(tensor([[x]]), evaluation);
      const back = layer.inverse(y, evaluation);
      expect(Number.isFinite((await y.data())[0])).toBe(true);
      expect(Number.isFinite((await logDet.data())[0])).toBe(true);
      // One rounding of y, over the slope of at least 1/2, and one of x.
      expect(Math.abs((await back.data())[0]! - x) / Math.abs(x)).toBeLessThan(1e-6);
    }
  });

  it("inverts at 40 features, and leaves nothing behind", async () => {
    const layer = moved(make(40, [64, 64], { components: 10 }), 0.2);
    const x = random.fold("many").normal([4, 40]);
    const { y, logDet } = layer.forwardAndLogDet(x, evaluation);
    const before = memory().numTensors;
    const back = layer.inverseAndLogDet(y, evaluation);
    expect(memory().numTensors).toBe(before + 2);
    expect((await back.x.sub(x).abs().max().data())[0]).toBeLessThan(1e-4);
    // A log-slope of each of 40 entries, each with a rounding of some 1e-5 from x.
    expect((await back.logDet.add(logDet).abs().max().data())[0]).toBeLessThan(1e-3);
  });

  it.each(["cpu", "wasm"] as const)(
    "takes a single feature, a single example and an empty batch, on %s",
    async (backend) => {
      await startBackend(backend);
      for (const features of [1, 5])
        for (const hidden of [[], [6]])
          for (const batch of [0, 1]) {
            const layer = moved(make(features, hidden));
            const x = batch === 0 ? zeros([0, features]) : random.normal([1, features]);
            const { y, logDet } = layer.forwardAndLogDet(x, evaluation);
            const { x: back, logDet: logDetBack } = layer.inverseAndLogDet(y, evaluation);
            expect([y.shape, logDet.shape, back.shape, logDetBack.shape]).toEqual([
              [batch, features],
              [batch],
              [batch, features],
              [batch],
            ]);
            const [want, got] = [await x.data(), await back.data()];
            got.forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan(1e-4));
          }
      await startBackend("wasm");
    },
  );

  it.each<[string, () => unknown, RegExp]>([
    ["images", () => make(4, [8], { inputShape: [2, 2, 1] }), /inputShape: expected the shape of vectors/],
    ["no components", () => make(2, [4], { components: 0 }), /components: expected a positive integer/],
    ["a bound of 0", () => make(2, [4], { logScaleBound: 0 }), /logScaleBound: expected/],
    ["a fractional width", () => make(2, [1.5]), /hidden: expected a positive integer/],
  ])("refuses %s, and leaves nothing allocated", (_, create, message) => {
    const before = memory().numTensors;
    expect(create).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it("refuses a file with components that it does not know", () => {
    const { layer, config } = describeLayer(make(3, [4]));
    for (const wrong of [{ components: "3" }, { components: 0.5 }, { logScaleBound: null }])
      expect(() => rebuild({ layer, config: { ...config, ...wrong } }, couplingTypes, random)).toThrow(
        /expected/,
      );
  });
});

const types = { types: couplingTypes };
describeBijection("autoregressiveMixture", () => make(3, [5]), types);
describeBijection("autoregressiveMixture, linear, conditional", () => make(2, [], { conditionFeatures: 2 }), {
  ...types,
  backends: ["wasm"],
  condition: (batch, key) => key.normal([batch, 2]),
});
