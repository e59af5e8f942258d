import { invert, solveInverse } from "@invertible/bijection";
import { NonFiniteError, NotConvergedError } from "@invertible/errors";
import { createRandom, dispose, memory, mul, tensor } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { strengthened } from "../../test-support/strong-weights.ts";
import { continuousBlock, denseDynamics, solveForward } from "../index.ts";
import type { OdeOptions } from "../index.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(11);
const build = (strength: number, options: OdeOptions) =>
  continuousBlock({
    dynamics: strengthened(denseDynamics({ features: 3, hidden: [12, 12], random }), strength),
    ...options,
  });

/** The largest Euclidean distance of two rows. */
async function distance(a: Tensor, b: Tensor): Promise<number> {
  const [first, second] = [await a.data(), await b.data()];
  const rows = Array.from({ length: a.shape[0]! }, (_, i) => [0, 1, 2].map((j) => 3 * i + j));
  return Math.max(...rows.map((at) => Math.hypot(...at.map((k) => first[k]! - second[k]!))));
}

const points = () => mul(random.fold("x").normal([50, 3]), 2) as Tensor;

describe("solveInverse", () => {
  it("inverts steps that are too coarse to be undone by integrating back, within its error bound", async () => {
    const block = build(5, { time: 1, method: "rk4", steps: 3 });
    const x = points();
    const y = block.forward(x);
    const back = block.inverse(y);
    expect(await distance(back, x)).toBeGreaterThan(1e-3);
    const { x: solved, evidence } = await solveInverse(block, y, { tolerance: 1e-4 });
    const [entry] = evidence;
    expect(entry).toMatchObject({ method: "defect-correction", converged: true });
    expect(entry!.iterations).toBeGreaterThan(1);
    const [truth, found] = [await x.data(), await solved.data()];
    entry!.rows.forEach((row, i) => {
      const error = Math.hypot(...[0, 1, 2].map((j) => truth[3 * i + j]! - found[3 * i + j]!));
      expect(error).toBeLessThan(row.errorBound);
      expect(row.errorBound).toBeLessThan(1e-4);
    });
    dispose([x, y, back, solved]);
  });

  it("needs one correction where the steps are fine, and inverts to rounding", async () => {
    const block = build(1, { time: 0.5, steps: 8 });
    const x = points();
    const y = block.forward(x);
    const { x: solved, evidence } = await solveInverse(block, y);
    expect(evidence[0]).toMatchObject({ iterations: 1, converged: true });
    expect(evidence[0]!.errorBound).toBeLessThan(1e-5);
    expect(await distance(solved, x)).toBeLessThan(3e-6);
    dispose([x, y, solved]);
  });

  it("says so where steps are so coarse that corrections do not help", async () => {
    const block = build(12, { time: 1, method: "rk4", steps: 1 });
    const y = points();
    const before = memory().numTensors;
    await expect(solveInverse(block, y)).rejects.toThrow(NotConvergedError);
    await expect(solveInverse(block, y)).rejects.toThrow(/build the block with more steps/);
    expect(memory().numTensors).toBe(before);
    const { x, evidence } = await solveInverse(block, y, { onCap: "return" });
    expect(evidence[0]!.converged).toBe(false);
    dispose([x, y]);
  });

  it("refuses NaN, and marks its row where the caller wants the result", async () => {
    const block = build(1, { time: 0.5, steps: 2 });
    const y = tensor([1, 2, 3, NaN, 0, 0], [2, 3]);
    await expect(solveInverse(block, y)).rejects.toThrow(NonFiniteError);
    const { x, evidence } = await solveInverse(block, y, { onCap: "return" });
    expect(evidence[0]!.rows.map(({ converged }) => converged)).toEqual([true, false]);
    dispose([x, y]);
  });
});

describe("inverse", () => {
  it("takes its number of steps from the call, and approaches the inverse of the solution with it", async () => {
    const block = build(4, { time: 1, method: "rk4", steps: 16 });
    const x = points();
    const y = block.forward(x);
    const errors = [];
    for (const inverseSteps of [2, 4, 16]) {
      const back = block.inverse(y, { inverseSteps });
      errors.push(await distance(back, x));
      dispose(back);
    }
    expect(errors[1]).toBeLessThan(errors[0]! / 4);
    expect(errors[2]).toBeLessThan(1e-4);
    expect(() => block.inverse(y, { inverseSteps: 1001 })).toThrow(
      "continuousBlock.inverse: call.inverseSteps: expected an integer from 1 to 1000, received 1001",
    );
    dispose([x, y]);
  });
});

describe("integrating back with step control", () => {
  it("has an error that falls with the tolerance, and stays within the sum of both error estimates", async () => {
    const block = build(3, { time: 1, steps: 8 });
    const x = points();
    const errors = [];
    for (const tolerance of [1e-3, 1e-4, 1e-5, 1e-6]) {
      const options = { relativeTolerance: tolerance, absoluteTolerance: tolerance };
      const there = await solveForward(block, x, options);
      const back = await solveForward(invert(block), there.y, options);
      expect(back.evidence[0]!.path).toBe("inner");
      const error = await distance(back.y, x);
      // An error at the far end is stretched on the way back, here by less than 10.
      expect(error).toBeLessThan(10 * there.evidence[0]!.error + back.evidence[0]!.error + 1e-5);
      errors.push(error);
      dispose([there.y, there.logDet, back.y, back.logDet]);
    }
    expect(errors[1]).toBeLessThan(errors[0]! / 2);
    expect(errors[3]).toBeLessThan(errors[0]! / 50);
    dispose(x);
  });
});
