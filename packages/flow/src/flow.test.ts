import { chain, defineBijection } from "@invertible/bijection";
import type { Call, LayerCall, Observation } from "@invertible/bijection";
import { actNorm, affine, injectivePadding, squeeze, uniformDequantisation } from "@invertible/layers";
import { ArgumentError, NonFiniteError } from "@invertible/errors";
import { add, createRandom, memory, sub, tensor, zeros } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { continuousFlow, createFlow, disposeFlow, standardNormal } from "./index.ts";
import { exampleFlow } from "../test-support/flow.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

const random = createRandom(11);
const evaluation: Call = { random, training: false };
const valueOnly: Call = { random, training: false };

describe("createFlow", () => {
  it("has logProb = log p_base(f(x)) + log|det f'(x)|", async () => {
    const bijection = chain([affine({ inputShape: [2], scale: 3, shift: 1 })]);
    const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
    const x = [
      [0.1, -0.4],
      [2, 3],
    ];
    const logProb = await flow.logProb(tensor(x), evaluation).data();
    x.forEach((row, i) => {
      const square = row.reduce((sum, v) => sum + (3 * v + 1) ** 2, 0);
      expect(logProb[i]).toBeCloseTo(-square / 2 - Math.log(2 * Math.PI) + 2 * Math.log(3), 4);
    });
    expect(flow.dimension).toBe(2);
  });

  it("refuses a bijection without a log-det, and names the layer that has none", () => {
    const inputShape = [2, 2, 1];
    const bijection = chain([
      affine({ inputShape }),
      chain([injectivePadding({ inputShape, channels: 3 }), squeeze({ inputShape: [2, 2, 4] })]),
    ]);
    expect(() => createFlow({ bijection, base: standardNormal({ shape: [1, 1, 16] }) })).toThrow(
      new ArgumentError(
        "createFlow.bijection: expected layers with a log-det, which a density needs, received injectivePadding (1.0), whose trait " +
          "says it has none",
      ),
    );
  });

  it("names parameters and state by their place in the flow", () => {
    const flow = exampleFlow(1);
    expect(Object.keys(flow.parameters)).toEqual([
      "bijection.2.logScale",
      "bijection.2.shift",
      "bijection.3.factors",
      "bijection.5.inner.1.logScale",
      "bijection.5.inner.1.shift",
      "base.mean",
      "base.logScale",
    ]);
    expect(Object.keys(flow.state)).toEqual(["bijection.2.initialised", "bijection.5.inner.1.initialised"]);
  });

  it("reports to observers under the same names", () => {
    const seen: string[] = [];
    const observe = ({ path, tensor: which }: Observation) => seen.push(`${path} ${which}`);
    exampleFlow(1).logProb(random.uniform([2, 4, 4, 1]), { ...evaluation, trace: { path: "", observe } });
    expect(seen).toContain("bijection.5.inner.1 y");
    expect(seen).toContain("bijection logDet");
  });

  it.each<[string, RegExp]>([
    ["bijection.2.shift", /received NaN or infinity in "shift" of actNorm \(bijection\.2\)$/],
    ["bijection.5.inner.1.logScale", /in "logScale" of actNorm \(bijection\.5\.inner\.1\)$/],
    ["base.mean", /in "mean" of diagonalNormal \(base\)$/],
  ])("does not sample from NaN in %s, and names the layer", async (name, message) => {
    const flow = exampleFlow(1);
    const variable = flow.parameters[name]!;
    const values = Float32Array.from({ length: variable.size }, (_, i) => (i === 1 ? NaN : 0));
    variable.assign(tensor(values, variable.shape));
    const before = memory().numTensors;
    const error = await flow.sample(3, { random }).catch((e: unknown) => e);
    expect(NonFiniteError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(message);
    expect(memory().numTensors).toBe(before);
    disposeFlow(flow);
  });

  it("does not sample from NaN that rounding to pixels would hide, but from weights that overflow", async () => {
    const inputShape = [2];
    const flow = createFlow({
      bijection: chain([uniformDequantisation({ inputShape, bins: 4 }), actNorm({ inputShape })]),
      base: standardNormal({ shape: inputShape }),
    });
    flow.parameters["bijection.1.shift"]!.assign(tensor([NaN, 0]));
    await expect(flow.sample(2, { random })).rejects.toThrow(/"shift" of actNorm \(bijection\.1\)/);
    flow.parameters["bijection.1.shift"]!.assign(tensor([0, 0]));
    flow.parameters["bijection.1.logScale"]!.assign(tensor([-100, 0]));
    (await flow.sample(2, { random })).x.dispose();
    disposeFlow(flow);
  });

  it("samples x whose latents are the draws of the base, and repeats them for the same key", async () => {
    const flow = exampleFlow(2);
    const { x, evidence } = await flow.sample(7, { random, temperature: 0.5 });
    expect(evidence).toEqual([]);
    const z = await flow.bijection.forward(x, valueOnly).data();
    const drawn = await flow.base.sample(7, { random: random.fold("base"), temperature: 0.5 }).data();
    z.forEach((v, i) => expect(Math.abs(v - drawn[i]!)).toBeLessThan(1e-5));
    expect(await (await flow.sample(7, { random, temperature: 0.5 })).x.data()).toEqual(await x.data());
  });

  it("reconstructs what it is given", async () => {
    const flow = exampleFlow(3);
    const x = random.uniform([3, 4, 4, 1]);
    const [before, after] = [await x.data(), await (await flow.reconstruct(x, { random })).x.data()];
    after.forEach((v, i) => expect(Math.abs(v - before[i]!)).toBeLessThan(1e-5));
  });

  it("hands condition and observer to both directions of a reconstruction", async () => {
    const by = ({ condition }: LayerCall) => condition ?? expect.fail("expected a condition");
    const bijection = defineBijection({
      name: "shiftedByCondition",
      inputShape: [2],
      outputShape: [2],
      config: {},
      forward: (x, context) => ({ y: add(x, by(context)), logDet: () => zeros([x.shape[0]!]) }),
      inverse: (y, context) => ({ x: sub(y, by(context)), logDet: () => zeros([y.shape[0]!]) }),
    });
    const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
    const [x, condition] = [tensor([[1, 2]]), tensor([[4, 8]])];
    const seen: string[] = [];
    const observe = ({ path, direction }: Observation) => seen.push(`${path} ${direction}`);
    const { x: back } = await flow.reconstruct(x, { condition, trace: { path: "", observe } });
    expect([...(await back.data())]).toEqual([1, 2]);
    expect(seen).toEqual(["bijection forward", "bijection inverse"]);
  });

  it("gives an empty batch empty results", async () => {
    const flow = exampleFlow(6);
    const none = zeros([0, 4, 4, 1]);
    expect(flow.logProb(none, evaluation).shape).toEqual([0]);
    expect((await flow.reconstruct(none, { random })).x.shape).toEqual([0, 4, 4, 1]);
    expect(standardNormal({ shape: [2, 2, 4] }).logProb(zeros([0, 2, 2, 4])).shape).toEqual([0]);
  });

  it("starts every layer from data", async () => {
    const flow = exampleFlow(4);
    await flow.initialise(random.normal([64, 4, 4, 1]), valueOnly);
    for (const flag of Object.values(flow.state)) expect([...(await flag.data())]).toEqual([1]);
  });

  it("takes the traits of its bijection", () => {
    const bijection = uniformDequantisation({ inputShape: [2] });
    expect(createFlow({ bijection, base: standardNormal({ shape: [2] }) }).traits.likelihood).toBe(
      "lower-bound",
    );
  });

  it("leaks nothing, even from calls that throw", async () => {
    const flow = exampleFlow(5);
    const [x, wrong] = [random.uniform([3, 4, 4, 1]), random.uniform([3, 4, 4, 2])];
    const before = memory().numTensors;
    flow.logProb(x, evaluation).dispose();
    (await flow.sample(2, { random })).x.dispose();
    (await flow.reconstruct(x, { random })).x.dispose();
    expect(() => flow.logProb(wrong, evaluation)).toThrow(
      "chain (bijection).forward x: expected [B, 4, 4, 1], received [3, 4, 4, 2]",
    );
    await expect(flow.reconstruct(wrong, { random })).rejects.toThrow(/expected \[B, 4, 4, 1\]/);
    const observe = () => {
      throw new Error("from an observer");
    };
    await expect(flow.sample(2, { random, trace: { path: "", observe } })).rejects.toThrow(
      "from an observer",
    );
    expect(memory().numTensors).toBe(before);
    disposeFlow(flow);
    expect(memory().numTensors).toBe(before - 9);
  });

  it("refuses a base of another shape, and options out of range", async () => {
    const bijection = actNorm({ inputShape: [2] });
    expect(() => createFlow({ bijection, base: standardNormal({ shape: [3] }) })).toThrow(
      /createFlow: actNorm -> standardNormal: expected .*\[2\].*, received \[3\]/,
    );
    const flow = createFlow({ bijection, base: standardNormal({ shape: [2] }) });
    await expect(flow.sample(0, { random })).rejects.toThrow(
      "flow.sample count: expected a positive integer, received 0",
    );
    await expect(flow.sample(1, { random, temperature: -1 })).rejects.toThrow(/flow.sample temperature/);
  });
});

describe("continuousFlow", () => {
  const whole = createFlow({
    bijection: chain([uniformDequantisation({ inputShape: [3] }), actNorm({ inputShape: [3] })]),
    base: standardNormal({ shape: [3] }),
  });

  it("is the flow behind the dequantisation, sharing its variables", async () => {
    const { dequantisation, flow } = continuousFlow(whole);
    expect(dequantisation!.name).toBe("uniformDequantisation");
    expect(Object.values(flow.parameters)).toEqual(Object.values(whole.parameters));
    const inner = { ...evaluation, random: random.fold("bijection").fold("0") };
    const { y, logDet } = dequantisation!.forwardAndLogDet(tensor([[0, 100, 255]]), inner);
    const [total, part] = [whole.logProb(tensor([[0, 100, 255]]), evaluation), flow.logProb(y, evaluation)];
    expect((await total.data())[0]).toBeCloseTo((await part.data())[0]! + (await logDet.data())[0]!, 4);
  });

  it("leaves a continuous flow as it is", () => {
    const flow = exampleFlow(1);
    expect(continuousFlow(flow)).toEqual({ flow });
  });
});
