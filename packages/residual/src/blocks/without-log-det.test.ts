import { describeLayer, rebuild, solveInverse } from "@invertible/bijection";
import type { Bijection, Description } from "@invertible/bijection";
import { UnsupportedError } from "@invertible/errors";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { denseBranch, implicitBlock, monotoneBlock, residualBlock, residualTypes } from "../index.ts";
import type { BlockLogDetOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(23);
const branch = (key: string) =>
  denseBranch({
    features: 3,
    hidden: [8],
    activation: "elu",
    coefficient: 0.8,
    preactivation: false,
    random: random.fold(key),
  });
const blocks: [name: string, build: (options: BlockLogDetOptions) => Bijection][] = [
  ["residualBlock", (options) => residualBlock({ branch: branch("a"), ...options })],
  ["monotoneBlock", (options) => monotoneBlock({ branch: branch("a"), ...options })],
  [
    "implicitBlock",
    (options) => implicitBlock({ inputBranch: branch("a"), outputBranch: branch("b"), ...options }),
  ],
];

describe.each(blocks)("a %s without an estimator", (name, build) => {
  const [plain, estimating] = [build({}), build({ logDet: exactLogDet() })];
  const x = random.fold("x").normal([5, 3]);

  it("has the values of one with an estimator, and its inverse with evidence", async () => {
    expect(plain.traits).toMatchObject({ logDet: "none", logDetBias: 0, inverse: "iterative" });
    const y = plain.forward(x);
    expect(await y.data()).toEqual(await estimating.forward(x).data());
    expect(await plain.inverse(y).data()).toEqual(await estimating.inverse(y).data());
    const { x: back, evidence } = await solveInverse(plain, y);
    expect(evidence[0]).toMatchObject({ layer: name, converged: true });
    const [found, original] = [await back.data(), await x.data()];
    found.forEach((value, i) => expect(Math.abs(value - original[i]!)).toBeLessThan(1e-4));
  });

  it("refuses to give a log-det, and leaves nothing", () => {
    const y = plain.forward(x);
    const before = memory().numTensors;
    expect(() => plain.forwardAndLogDet(x)).toThrow(
      new UnsupportedError(
        `${name}.forwardAndLogDet: expected a layer with a log-det, received one whose trait says it has none`,
      ),
    );
    expect(() => plain.inverseAndLogDet(y)).toThrow(UnsupportedError);
    expect(memory().numTensors).toBe(before);
  });

  it("is saved without estimators, and comes back without", () => {
    const text = JSON.stringify(describeLayer(plain));
    expect(text).not.toMatch(/logDet/i);
    const copy = rebuild(JSON.parse(text) as Description, residualTypes, random);
    expect(copy.traits).toEqual(plain.traits);
    expect(JSON.stringify(describeLayer(copy))).toBe(text);
  });

  it("refuses an estimator for evaluation alone", () => {
    expect(() => build({ evaluationLogDet: exactLogDet() })).toThrow(
      `${name}: evaluationLogDet: expected none, because there is no logDet beside it, received {`,
    );
  });
});
