import { certify, describeLayer, initialise, rebuild } from "@invertible/bijection";
import type { Call } from "@invertible/bijection";
import { concat, createRandom, fill, keep, memory, tensor, zeros } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { demandClose, readGolden } from "../../../../tools/golden.ts";
import type { Tolerance } from "../../../../tools/golden.ts";
import {
  additiveCoupling,
  affineCoupling,
  convConditioner,
  couplingTypes,
  couplingTypesWith,
  denseConditioner,
  rationalQuadraticCoupling,
  zeroConvConditioner,
} from "../index.ts";
import type { AffineCouplingOptions, ConditionerBuilder } from "../index.ts";
import { spline64 } from "../../test-support/rational-quadratic-spline.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

const random = createRandom(7);
const evaluation: Call = { random, training: false };
const valueOnly: Call = { ...evaluation };

/** A conditioner that returns the same numbers for every input. */
const saying =
  (numbers: Tensor): ConditionerBuilder =>
  () => ({ name: "saying", parameters: {}, config: {}, value: () => numbers.clone() });

interface Golden {
  readonly case: string;
  readonly inputs: Readonly<Record<string, number[][][][]>>;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
}

const golden = readGolden<Golden>("glow_pieces");

describe("couplings against the golden file", () => {
  it.each<[string, string, Pick<AffineCouplingOptions, "scale" | "order" | "logScaleBound">]>([
    ["glow_(x+t)*sigmoid(s+2)", "logdet_sigmoid_per_sample", {}],
    ["resflows_x*sigmoid(s+2)+t", "logdet_sigmoid_per_sample", { scale: "sigmoid", order: "scale-first" }],
    ["realnvp_x*exp(s)+t", "logdet_exp_per_sample", { scale: "exp", logScaleBound: Infinity }],
  ])("%s", async (values, logDets, options) => {
    const { inputs, expected, tolerance } = golden.find((c) => c.case.startsWith("affine coupling"))!;
    const [t, s, other] = [tensor(inputs["t"]!), tensor(inputs["raw_s"]!), tensor(inputs["x_b"]!)];
    const passed = random.normal(other.shape);
    const [, height, width, channels] = other.shape as [number, number, number, number];
    const layer = affineCoupling({
      inputShape: [height, width, 2 * channels],
      conditioner: saying(concat([t, s], -1)),
      ...options,
    });
    const x = concat([passed, other], -1);
    const y = concat([passed, tensor(expected[values] as number[][][][])], -1);
    const forward = layer.forwardAndLogDet(x, evaluation);
    demandClose(await forward.y.data(), Array.from(await y.data()), tolerance, "y");
    demandClose(await forward.logDet.data(), expected[logDets], tolerance, "logDet");
    const back = await layer.inverse(y, evaluation).data();
    demandClose(back, Array.from(await x.data()), tolerance, "x");
  });
});

describe("couplings", () => {
  const conditioner = denseConditioner({ hidden: [8], random });

  it("starts as Glow does: x2 * sigmoid(2), whatever x1 is", async () => {
    const layer = affineCoupling({ inputShape: [2], conditioner });
    const { y, logDet } = layer.forwardAndLogDet(
      tensor([
        [5, 1],
        [-3, 2],
      ]),
      evaluation,
    );
    const s = 1 / (1 + Math.exp(-2));
    const values = await y.data();
    [5, s, -3, 2 * s].forEach((v, i) => expect(values[i]).toBeCloseTo(v, 6));
    expect((await logDet.data())[0]).toBeCloseTo(Math.log(s), 6);
  });

  it.each([
    ["first", [1, 2, 0, 0, 0]],
    ["second", [0, 0, 3, 4, 5]],
  ] as const)("leaves the %s half of an odd number of features as it is", async (passThrough, kept) => {
    const layer = additiveCoupling({
      inputShape: [5],
      passThrough,
      conditioner: ({ inputShape, outputShape }) => {
        expect([inputShape, outputShape]).toEqual(passThrough === "first" ? [[2], [3]] : [[3], [2]]);
        return {
          name: "test",
          parameters: {},
          config: {},
          value: (x) => tensor([Array<number>(outputShape[0]!).fill(100)]).mul(x.sum(1, true)),
        };
      },
    });
    const y = [...(await layer.forward(tensor([[1, 2, 3, 4, 5]]), evaluation).data())];
    y.forEach((v, i) => expect(v === i + 1).toBe(kept[i] !== 0));
  });

  it.each(["even-pixels", "odd-pixels"] as const)(
    "passes %s, shows the network nothing else, and takes its numbers for the others",
    async (passThrough) => {
      const [height, width] = [4, 6];
      const passes = (i: number, j: number) => (i + j) % 2 === (passThrough === "even-pixels" ? 0 : 1);
      const pixels = Array.from(
        { length: height * width },
        (_, at) => [Math.floor(at / width), at % width] as const,
      );
      const seen: number[][] = [];
      const shifts = pixels.map((_, at) => [100 + at, 200 + at]).flat();
      const layer = additiveCoupling({
        inputShape: [height, width, 2],
        passThrough,
        conditioner: ({ inputShape, outputShape }) => {
          expect([inputShape, outputShape]).toEqual([
            [height, width, 2],
            [height, width, 2],
          ]);
          return {
            name: "test",
            parameters: {},
            config: {},
            value(x) {
              seen.push([...x.dataSync()]);
              return tensor(shifts, [1, height, width, 2]);
            },
          };
        },
      });
      const x = pixels.map((_, at) => [1 + at, -1 - at]).flat();
      const y = [...(await layer.forward(tensor(x, [1, height, width, 2]), evaluation).data())];
      pixels.forEach(([i, j], at) => {
        for (const c of [2 * at, 2 * at + 1]) {
          expect(seen[0]![c]).toBe(passes(i, j) ? x[c] : 0);
          expect(y[c]).toBe(passes(i, j) ? x[c] : x[c]! + shifts[c]!);
        }
      });
    },
  );

  it.each([
    [[4], "[H, W, C], whose pixels make a checkerboard"],
    [[3, 4, 1], "even H and W"],
  ])("refuses pixels of %j", (inputShape, expected) => {
    const conditioner = denseConditioner({ hidden: [], random });
    expect(() => additiveCoupling({ inputShape, conditioner, passThrough: "even-pixels" })).toThrow(
      `additiveCoupling.inputShape: expected ${expected}`,
    );
  });

  it("is finite at the ends of the scale", async () => {
    const numbers = tensor([
      [0, -60],
      [0, 60],
    ]);
    const layer = affineCoupling({ inputShape: [2], conditioner: saying(numbers) });
    const { y, logDet } = layer.forwardAndLogDet(
      tensor([
        [0, 1],
        [0, 1],
      ]),
      evaluation,
    );
    expect((await logDet.data())[0]).toBeCloseTo(-58, 5);
    expect((await logDet.data())[1]).toBeCloseTo(0, 5);
    const back = await layer.inverse(y, evaluation).data();
    [0, 1, 0, 1].forEach((v, i) => expect(back[i]).toBeCloseTo(v, 5));
  });

  it("gives its network the condition beside the half that passes, at every pixel of an image", async () => {
    const seen: Tensor[] = [];
    const layer = additiveCoupling({
      inputShape: [2, 1, 3],
      conditionFeatures: 2,
      conditioner: ({ inputShape, outputShape }) => {
        expect([inputShape, outputShape]).toEqual([
          [2, 1, 3],
          [2, 1, 2],
        ]);
        const value = (x: Tensor) => (seen.push(keep(x.clone())), zeros([x.shape[0]!, 2, 1, 2]));
        return { name: "test", parameters: {}, config: {}, value };
      },
    });
    const x = tensor([1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0], [2, 2, 1, 3]);
    layer.forward(x, {
      condition: tensor([
        [5, 6],
        [7, 8],
      ]),
    });
    expect([...(await seen[0]!.data())]).toEqual([1, 5, 6, 2, 5, 6, 3, 7, 8, 4, 7, 8]);
    layer.inverse(x, { condition: tensor([[5, 6]]) });
    expect([...(await seen[1]!.data())]).toEqual([1, 5, 6, 2, 5, 6, 3, 5, 6, 4, 5, 6]);
  });

  it("asks for its condition by the name of the layer, in both directions and at the start", async () => {
    const layer = affineCoupling({
      inputShape: [2, 2, 2],
      conditioner: convConditioner({ width: 3, random }),
      conditionFeatures: 2,
    });
    const [x, three] = [random.normal([2, 2, 2, 2]), random.normal([3, 2])];
    const before = memory().numTensors;
    const at = (condition?: Tensor) => ({ trace: { path: "4" }, ...(condition && { condition }) });
    const missing = "call.condition: expected a tensor [B, 2], received undefined";
    const rows = "call.condition: expected [2, 2], or one row for all examples, received [3, 2]";
    for (const [call, message] of [
      [at(), missing],
      [at(three), rows],
    ] as const) {
      expect(() => layer.forward(x, call)).toThrow(`affineCoupling (4).forward: ${message}`);
      expect(() => layer.inverse(x, call)).toThrow(`affineCoupling (4).inverse: ${message}`);
      await expect(initialise(layer, x, call)).rejects.toThrow(`affineCoupling (4).initialise: ${message}`);
    }
    expect(memory().numTensors).toBe(before);
    expect([...(await layer.state["initialised"]!.data())]).toEqual([0]);
  });

  it("has the configuration of an unconditional layer where no condition is asked for, and reads old ones", () => {
    const layer = affineCoupling({ inputShape: [2], conditioner });
    expect(Object.keys(layer.config)).not.toContain("conditionFeatures");
    const { layer: name, config } = describeLayer(
      affineCoupling({ inputShape: [2], conditioner, conditionFeatures: 3 }),
    );
    expect(config["conditionFeatures"]).toBe(3);
    for (const wrong of [-1, 1.5, "3", null])
      expect(() =>
        rebuild({ layer: name, config: { ...config, conditionFeatures: wrong } }, couplingTypes, random),
      ).toThrow(/affineCoupling\.conditionFeatures: expected/);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "a negative number of condition features",
      () => affineCoupling({ inputShape: [4], conditioner, conditionFeatures: -1 }),
      /affineCoupling.conditionFeatures: expected a positive integer, received -1/,
    ],
    [
      "one feature",
      () => affineCoupling({ inputShape: [1], conditioner }),
      /affineCoupling.inputShape: expected at least 2/,
    ],
    [
      "a shape without axes",
      () => additiveCoupling({ inputShape: [], conditioner }),
      /additiveCoupling.inputShape/,
    ],
    [
      "a dense network on images",
      () => affineCoupling({ inputShape: [4, 4, 2], conditioner }),
      /denseConditioner: expected .*vectors.*received \[4,4,1\]/,
    ],
    [
      "a convolution on vectors",
      () => affineCoupling({ inputShape: [4], conditioner: convConditioner({ width: 4, random }) }),
      /convConditioner: expected .*images/,
    ],
    [
      "an unknown scale",
      () => affineCoupling({ inputShape: [4], conditioner, scale: "tan" as "exp" }),
      /scale: expected "?one of sigmoid, exp"?, received "tan"/,
    ],
    [
      "an unknown order",
      () => affineCoupling({ inputShape: [4], conditioner, order: "x" as "shift-first" }),
      /order: expected/,
    ],
    [
      "an unknown half",
      () => affineCoupling({ inputShape: [4], conditioner, passThrough: "third" as "first" }),
      /passThrough: expected/,
    ],
    [
      "an unknown activation",
      () => denseConditioner({ hidden: [4], random, activation: "cosh" as "relu" }),
      /denseConditioner.activation: expected one of/,
    ],
    ["a width of zero", () => convConditioner({ width: 0, random }), /convConditioner.width/],
    [
      "a fractional hidden width",
      () => denseConditioner({ hidden: [4, 0.5], random }),
      /denseConditioner.hidden/,
    ],
  ])("refuses %s, and leaves nothing allocated", (_, make, message) => {
    const before = memory().numTensors;
    expect(make).toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it("starts a convolutional network from data once: hidden channels with mean 0 and variance 1", async () => {
    const [height, width, hidden] = [5, 6, 7];
    const layer = affineCoupling({
      inputShape: [height, width, 4],
      conditioner: convConditioner({ width: hidden, random }),
    });
    const x = random.normal([32, height, width, 4]).mul(3).add(1);
    const before = memory().numTensors;
    await initialise(layer, x, valueOnly);
    expect(memory().numTensors).toBe(before);
    const parameter = (name: string) => layer.parameters[`conditioner.${name}`]!;
    expect([...(await layer.state["initialised"]!.data())]).toEqual([1]);
    for (const piece of ["0", "1"])
      expect((await parameter(`${piece}.logScale`).abs().min().data())[0]).toBeGreaterThan(0);
    const moved = [...(await parameter("0.bias").data())];
    await initialise(layer, x.mul(10), valueOnly);
    expect([...(await parameter("0.bias").data())]).toEqual(moved);
  });

  it("does not start from an empty batch or from NaN, and can start afterwards", async () => {
    const layer = affineCoupling({
      inputShape: [2, 2, 2],
      conditioner: convConditioner({ width: 3, random }),
    });
    const context = { ...valueOnly, trace: { path: "4" } };
    const [none, bad, good] = [zeros([0, 2, 2, 2]), fill([3, 2, 2, 2], NaN), random.normal([3, 2, 2, 2])];
    const before = memory().numTensors;
    await expect(initialise(layer, none, context)).rejects.toThrow(
      "affineCoupling (4).initialise x: expected at least one example, received 0",
    );
    await expect(initialise(layer, bad, context)).rejects.toThrow(
      "affineCoupling (4).initialise x: expected finite values, received NaN or infinity",
    );
    expect([...(await layer.state["initialised"]!.data())]).toEqual([0]);
    await initialise(layer, good, context);
    expect([...(await layer.state["initialised"]!.data())]).toEqual([1]);
    expect(memory().numTensors).toBe(before);
  });

  it("takes an empty batch of images", () => {
    const layer = affineCoupling({
      inputShape: [2, 2, 2],
      conditioner: convConditioner({ width: 3, random }),
    });
    const { y, logDet } = layer.forwardAndLogDet(zeros([0, 2, 2, 2]), evaluation);
    expect([y.shape, logDet.shape]).toEqual([[0, 2, 2, 2], [0]]);
    expect(layer.inverseAndLogDet(y, evaluation).logDet.shape).toEqual([0]);
  });

  it("rebuilds from its description, and refuses conditioners that are not listed", () => {
    const tools = createRandom(0);
    const layers = [
      affineCoupling({
        inputShape: [3],
        conditioner: denseConditioner({ hidden: [4, 5], random, activation: "lipSwish" }),
        scale: "exp",
        order: "shift-first",
      }),
      affineCoupling({
        inputShape: [3],
        conditioner: denseConditioner({ hidden: [4], random }),
        scale: "exp",
        logScaleBound: Infinity,
      }),
      additiveCoupling({
        inputShape: [4, 4, 2],
        conditioner: convConditioner({ width: 3, random }),
        passThrough: "second",
      }),
      affineCoupling({ inputShape: [4, 4, 2], conditioner: zeroConvConditioner() }),
      rationalQuadraticCoupling({
        inputShape: [3],
        conditioner: denseConditioner({ hidden: [4], random, activation: "tanh" }),
        bins: 5,
        bound: 1.5,
      }),
    ];
    for (const layer of layers) {
      const again = rebuild(JSON.parse(JSON.stringify(describeLayer(layer))), couplingTypes, tools);
      expect(again.config).toEqual(layer.config);
      expect(Object.entries(again.parameters).map(([name, v]) => [name, v.shape])).toEqual(
        Object.entries(layer.parameters).map(([name, v]) => [name, v.shape]),
      );
      expect(Object.keys(again.state)).toEqual(Object.keys(layer.state));
    }
    expect(() => rebuild(describeLayer(layers[0]!), couplingTypesWith([]), tools)).toThrow(
      /received "denseConditioner"/,
    );
  });
});

describe("rationalQuadraticCoupling", () => {
  const dense = denseConditioner({ hidden: [8], random });

  it("starts as the identity", async () => {
    const layer = rationalQuadraticCoupling({ inputShape: [4], conditioner: dense });
    const x = random.normal([200, 4]).mul(2);
    const { y, logDet } = layer.forwardAndLogDet(x, evaluation);
    demandClose(await y.data(), [...(await x.data())], { abs: 2e-6, rel: 0 });
    demandClose(await logDet.data(), Array<number>(200).fill(0), { abs: 1e-5, rel: 0 });
  });

  it("moves each entry by numbers of its own, in the order of widths, heights and derivatives", async () => {
    const [bins, bound, height, width, channels] = [4, 2, 2, 3, 2];
    const size = 3 * bins - 1;
    const numbers = random.normal([2, height, width, channels * size]);
    const layer = rationalQuadraticCoupling({
      inputShape: [height, width, 2 * channels],
      conditioner: saying(numbers),
      bins,
      bound,
    });
    const [passed, other] = [
      random.fold("p").normal([2, height, width, 2]),
      random.normal([2, height, width, 2]),
    ];
    const { y, logDet } = layer.forwardAndLogDet(concat([passed, other], -1), evaluation);
    const [rows, xs, got] = [await numbers.data(), await other.data(), await y.data()];
    // Its softplus is 0.999, which makes the identity where the network's output is zero.
    const offset = Math.log(Math.expm1(0.999));
    const splines = Array.from(xs, (_, i) =>
      spline64(
        bins,
        bound,
        Array.from(rows.slice(i * size, (i + 1) * size), (v, j) => (j < 2 * bins ? v : v + offset)),
      ),
    );
    const moved = Array.from(xs, (x, i) => splines[i]!.value(x));
    const want = await concat([passed, tensor(moved, other.shape)], -1).data();
    demandClose(got, [...want], { abs: 1e-5, rel: 0 }, "y");
    const logSlopes = Array.from(xs, (x, i) => splines[i]!.logSlope(x));
    const half = xs.length / 2;
    const sums = [0, half].map((from) => logSlopes.slice(from, from + half).reduce((a, b) => a + b));
    demandClose(await logDet.data(), sums, { abs: 2e-4, rel: 0 }, "logDet");
  });

  it("leaves numbers beyond the bound unchanged, with a log-det of 0", async () => {
    const layer = rationalQuadraticCoupling({
      inputShape: [2],
      conditioner: saying(random.normal([4, 23])),
      bound: 1.5,
    });
    const x = tensor([
      [1, -1.5],
      [2, 1.5],
      [3, 1e20],
      [4, -40],
    ]);
    const { y, logDet } = layer.forwardAndLogDet(x, evaluation);
    expect([...(await y.data())]).toEqual([...(await x.data())]);
    expect((await logDet.data()).every((v) => v === 0)).toBe(true);
    expect([...(await layer.inverse(x, evaluation).data())]).toEqual([...(await x.data())]);
  });

  it("takes an empty batch, and proves nothing", async () => {
    const layer = rationalQuadraticCoupling({
      inputShape: [2, 2, 2],
      conditioner: convConditioner({ width: 3, random }),
    });
    const { y, logDet } = layer.forwardAndLogDet(zeros([0, 2, 2, 2]), evaluation);
    expect([y.shape, logDet.shape]).toEqual([[0, 2, 2, 2], [0]]);
    expect(layer.inverseAndLogDet(y, evaluation).logDet.shape).toEqual([0]);
    expect(await certify(layer)).toMatchObject({ forward: Infinity, inverse: Infinity });
  });

  it.each([
    ["one bin", { bins: 1 }, /bins: expected an integer from 2 to 999, received 1/],
    ["more bins than there is room for", { bins: 1000 }, /bins: expected/],
    ["half a bin", { bins: 2.5 }, /bins: expected/],
    ["no bound", { bound: 0 }, /bound: expected a number in \(0, Infinity\), received 0/],
    ["an infinite bound", { bound: Infinity }, /bound: expected/],
  ])("refuses %s, and leaves nothing allocated", (_, options, message) => {
    const before = memory().numTensors;
    expect(() => rationalQuadraticCoupling({ inputShape: [2], conditioner: dense, ...options })).toThrow(
      message,
    );
    expect(memory().numTensors).toBe(before);
  });
});
