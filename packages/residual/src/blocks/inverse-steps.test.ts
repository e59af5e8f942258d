import { solveInverse } from "@invertible/bijection";
import type { Bijection, SolveCall } from "@invertible/bijection";
import { ArgumentError } from "@invertible/errors";
import { exactLogDet } from "@invertible/log-det";
import { createRandom, dispose } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { denseBranch, implicitBlock, monotoneBlock, residualBlock } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(8);
const branch = (name: string) =>
  denseBranch({
    ...{ features: 3, hidden: [16], activation: "elu", coefficient: 0.9, preactivation: true },
    random: random.fold(name),
  });
const logDet = exactLogDet();
const blocks: Record<string, () => Bijection> = {
  residualBlock: () => residualBlock({ branch: branch("a"), logDet }),
  monotoneBlock: () => monotoneBlock({ branch: branch("b"), logDet }),
  implicitBlock: () => implicitBlock({ inputBranch: branch("c"), outputBranch: branch("d"), logDet }),
};

describe("call.inverseSteps", () => {
  it.each(Object.entries(blocks))("decides how many steps the inverse of a %s makes", async (_, build) => {
    const block = build();
    const x = random.fold("x").normal([32, 3]);
    const y = block.forward(x);
    const errorAfter = async (inverseSteps?: number) => {
      const back = block.inverse(y, inverseSteps === undefined ? {} : { inverseSteps });
      const [a, b] = (await Promise.all([back.data(), x.data()])) as Float32Array[];
      dispose(back);
      return a!.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b![i]!)), 0);
    };
    const [one, four, own, same] = [
      await errorAfter(1),
      await errorAfter(4),
      await errorAfter(),
      await errorAfter(block.solver!.steps),
    ];
    expect(four).toBeLessThan(one / 2);
    expect(four).toBeGreaterThan(10 * own);
    expect(same).toBe(own);
    await expect(errorAfter(0)).rejects.toThrow(ArgumentError);
    // A solver makes as many steps as its tolerance needs.
    await expect(solveInverse(block, y, { inverseSteps: 3 } as SolveCall)).rejects.toThrow(/inverseSteps/);
    dispose([x, y]);
  });
});
