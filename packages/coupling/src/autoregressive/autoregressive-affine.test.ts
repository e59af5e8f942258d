import { describeLayer, rebuild } from "@invertible/bijection";
import type { Bijection, Call } from "@invertible/bijection";
import { createRandom, jacobianRows, memory, tensor, tidy, valueAndGradients, zeros } from "@invertible/ops";
import type { ActivationName } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { describeBijection } from "@invertible/testing";
import type { DescribeOptions } from "@invertible/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { autoregressiveAffine, couplingTypes } from "../index.ts";
import type { AutoregressiveAffineOptions } from "../index.ts";

const random = createRandom(11);
const make = (features: number, hidden: readonly number[], more: Partial<AutoregressiveAffineOptions> = {}) =>
  autoregressiveAffine({ inputShape: [features], hidden, random, activation: "tanh", ...more });
const evaluation: Call = { random, training: false };

/** Moves the layer away from its start, where it is a constant scaling. */
function moved(layer: Bijection, deviation = 0.5): Bijection {
  for (const [name, variable] of Object.entries(layer.parameters))
    tidy(() => variable.assign(variable.add(random.fold(name).normal(variable.shape).mul(deviation))));
  return layer;
}

describe("autoregressiveAffine", () => {
  beforeAll(() => startBackend("wasm"));

  const activations: ActivationName[] = ["tanh", "relu", "lipSwish", "cLipSwish", "cPila"];
  it.each([
    ...activations.map((activation) => ({ hidden: [7, 9], activation })),
    { hidden: [], activation: "tanh" as const },
  ])(
    "has a Jacobian with exact zeros above the diagonal and none below it: $hidden $activation",
    async (net) => {
      const layer = moved(make(6, net.hidden, net));
      const x = random.fold("x").normal([3, 6]);
      const forward = await jacobianRows((x) => layer.forward(x, evaluation), x).data();
      const { y, logDet } = layer.forwardAndLogDet(x, evaluation);
      const inverse = await jacobianRows((y) => layer.inverse(y, evaluation), y).data();
      const expected = await logDet.data();
      for (let row = 0; row < 3; row++) {
        let sum = 0;
        for (let i = 0; i < 6; i++)
          for (let j = 0; j < 6; j++) {
            const at = (row * 6 + i) * 6 + j;
            for (const jacobian of [forward, inverse])
              if (j > i) expect(jacobian[at]).toBe(0);
              else if (net.activation !== "relu") expect(jacobian[at]).not.toBe(0);
            if (i === j) sum += Math.log(forward[at]!);
          }
        expect(Math.abs(sum - expected[row]!)).toBeLessThan(1e-5);
      }
    },
  );

  it.each(["exp", "sigmoid"] as const)(
    "equals the published layer computed by hand, with scale %s",
    async (scale) => {
      // There is one hidden unit of degree 1, h = tanh(x1 w + b). The weights that are not connected have values too.
      const layer = make(2, [1], { scale, ...(scale === "exp" && { logScaleBound: Infinity }) });
      const set = (name: string, values: number[], shape: number[]) =>
        tidy(() => layer.parameters[`network.${name}`]!.assign(tensor(values, shape)));
      set("0.weight", [0.7, 100], [2, 1]);
      set("0.bias", [-0.2], [1]);
      set("1.weight", [100, 100, 0.4, -0.9], [1, 4]);
      set("1.bias", [0.3, 0.5, -0.6, 0.8], [4]);
      const [x1, x2] = [1.5, -2];
      const h = Math.tanh(0.7 * x1 - 0.2);
      const scaleOf = (a: number) => (scale === "exp" ? Math.exp(-a) : 1 / (1 + Math.exp(a - 2)));
      const [s1, s2] = [scaleOf(0.5), scaleOf(0.8 - 0.9 * h)];
      const { y, logDet } = layer.forwardAndLogDet(tensor([[x1, x2]]), evaluation);
      const want = [(x1 - 0.3) * s1, (x2 - (0.4 * h - 0.6)) * s2];
      (await y.data()).forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan(2e-6));
      expect(Math.abs((await logDet.data())[0]! - Math.log(s1 * s2))).toBeLessThan(2e-6);
    },
  );

  it("starts as a constant scaling, and inverts at 40 features", async () => {
    const layer = make(40, [64, 64]);
    const x = random.fold("many").normal([4, 40]);
    const scale = 1 / (1 + Math.exp(-2));
    const start = await layer.forward(x, evaluation).div(x).data();
    start.forEach((ratio) => expect(Math.abs(ratio - scale)).toBeLessThan(1e-6));
    const { y, logDet } = moved(layer, 0.1).forwardAndLogDet(x, evaluation);
    const before = memory().numTensors;
    const back = layer.inverseAndLogDet(y, evaluation);
    expect(memory().numTensors).toBe(before + 2);
    expect((await back.x.sub(x).abs().max().data())[0]).toBeLessThan(1e-4);
    expect((await back.logDet.add(logDet).abs().max().data())[0]).toBeLessThan(1e-4);
  });

  it("gives no gradient to weights that are not connected, and some to all others", async () => {
    const layer = moved(make(3, [4]));
    const weight = layer.parameters["network.0.weight"]!;
    const x = random.normal([8, 3]);
    const loss = () => layer.forward(x, evaluation).square().sum();
    const [gradient] = valueAndGradients(loss, [weight]).gradients;
    // The hidden degrees are 1, 2, 1, 2.
    const connected = [1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 0];
    (await gradient!.data()).forEach((g, i) => expect(g !== 0).toBe(connected[i] === 1));
  });

  it.each(["cpu", "wasm"] as const)(
    "takes a single feature, a single example and an empty batch, on %s",
    async (backend) => {
      await startBackend(backend);
      for (const features of [1, 5])
        for (const hidden of [[], [6], [6, 5]])
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
    ["no features", () => make(0, [8]), /autoregressiveAffine.inputShape: expected a shape of positive/],
    ["a fractional width", () => make(2, [1.5]), /hidden: expected a positive integer/],
    [
      "an unknown scale",
      () => make(2, [4], { scale: "tan" as "exp" }),
      /scale: expected one of sigmoid, exp/,
    ],
    [
      "an unknown activation",
      () => make(2, [4], { activation: "cosh" as "relu" }),
      /autoregressiveAffine.activation: expected one of/,
    ],
  ])("refuses %s, and leaves nothing allocated", (_, create, message) => {
    const before = memory().numTensors;
    expect(create).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it("refuses a file with hidden widths or activations that it does not know", () => {
    const { layer, config } = describeLayer(make(3, [4]));
    for (const wrong of [{ hidden: "4" }, { activation: "cosh" }, { scale: 1 }, { hidden: [0] }])
      expect(() => rebuild({ layer, config: { ...config, ...wrong } }, couplingTypes, random)).toThrow(
        /expected/,
      );
  });
});

/** With a single feature the first weights see nothing, because its numbers are constants. */
const single = { types: couplingTypes, deadParameters: ["network.0.weight"] };
const types = { types: couplingTypes };

describeBijection("autoregressiveAffine, tanh", () => make(5, [8, 8]), types);
describeBijection("autoregressiveAffine, exp", () => make(4, [6], { scale: "exp" }), types);
describeBijection(
  "autoregressiveAffine, few units",
  () => make(7, [4, 3], { activation: "cLipSwish" }),
  types,
);
describeBijection("autoregressiveAffine, linear", () => make(4, []), types);
describeBijection("autoregressiveAffine, lipSwish", () => make(3, [5], { activation: "lipSwish" }), types);
describeBijection("autoregressiveAffine, pairs", () => make(3, [4, 3], { activation: "cLipSwish" }), types);
describeBijection("autoregressiveAffine, relu", () => make(4, [6, 6], { activation: "relu" }), {
  ...types,
  smooth: false,
});
describeBijection("autoregressiveAffine, one feature", () => make(1, [3]), single);

const conditionFeatures = 2;
const given: DescribeOptions = {
  ...types,
  condition: (batch, key) => key.normal([batch, conditionFeatures]),
};
const conditional = (features: number, hidden: readonly number[]) => () =>
  make(features, hidden, { conditionFeatures });
describeBijection("autoregressiveAffine, conditional", conditional(4, [6, 5]), given);
describeBijection("autoregressiveAffine, linear, conditional", conditional(3, []), given);
describeBijection("autoregressiveAffine, one feature, conditional", conditional(1, [3]), {
  ...given,
  deadParameters: single.deadParameters,
});
