import { beforeAll, describe, expect, it } from "vitest";
import { describeLayer as descriptionOf, disposeBijection, rebuild } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { exactLogDet, geometricLaw, russianRoulette } from "@invertible/log-det";
import { createRandom, memory } from "@invertible/ops";
import type { JsonObject } from "@invertible/errors";
import { startBackend } from "@invertible/ops/backend";
import { denseBranch } from "../branches/dense-branch.ts";
import { implicitBlock } from "./implicit-block.ts";
import { monotoneBlock } from "./monotone-block.ts";
import { residualBlock } from "./residual-block.ts";
import { residualTypes } from "./residual-types.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(3);
const branch = (key: string) =>
  denseBranch({
    features: 2,
    hidden: [4],
    activation: "lipSwish",
    coefficient: 0.9,
    preactivation: false,
    random: random.fold(key),
  });
const blocks: readonly (readonly [string, () => Bijection])[] = [
  ["residualBlock", () => residualBlock({ branch: branch("a"), logDet: exactLogDet() })],
  ["monotoneBlock", () => monotoneBlock({ branch: branch("a"), logDet: exactLogDet() })],
  [
    "implicitBlock",
    () => implicitBlock({ inputBranch: branch("a"), outputBranch: branch("b"), logDet: exactLogDet() }),
  ],
];

function configOf(build: () => Bijection): JsonObject {
  const block = build();
  disposeBijection(block);
  return descriptionOf(block).config;
}

describe.each(blocks)("the description of a %s", (layer, build) => {
  const expectRefused = (change: JsonObject, message: RegExp) => {
    const config = { ...configOf(build), ...change };
    const before = memory().numTensors;
    expect(() => rebuild({ layer, config }, residualTypes, random)).toThrow(message);
    expect(memory().numTensors).toBe(before);
  };

  it("leaves nothing behind where it names an unknown estimator, or one that does not fit", () => {
    expectRefused({ logDet: { name: "guess" } }, /estimatorFromConfig: expected/);
    const { config: unfit } = russianRoulette({ law: geometricLaw({ p: 0.9 }), exactTerms: 1 });
    expectRefused({ evaluationLogDet: unfit }, /variance is infinite/);
  });

  it("leaves nothing behind where the inverse cannot be reached", () => {
    expectRefused(
      { inverse: { tolerance: 1e-6, maxIterations: 2 } },
      /inverse\.maxIterations: expected at least/,
    );
    expectRefused({ inverse: { tolerance: 1e-6, maxIterations: 1000, method: "newton" } }, /method/);
  });
});

it("leaves nothing behind where the second branch of an implicit block is refused", () => {
  const config = configOf(blocks[2]![1]);
  const before = memory().numTensors;
  const outputBranch = config["outputBranch"] as JsonObject;
  for (const [change, message] of [
    [{ hidden: [0] }, /denseBranch: hidden: expected a positive integer/],
    [{ features: 3 }, /outputBranch\.inputShape: expected \[2\], received \[3\]/],
  ] as const) {
    const changed = { ...config, outputBranch: { ...outputBranch, ...change } as JsonObject };
    expect(() => rebuild({ layer: "implicitBlock", config: changed }, residualTypes, random)).toThrow(
      message,
    );
    expect(memory().numTensors).toBe(before);
  }
});
