import { createRandom, memory } from "@invertible/ops";
import { startBackend } from "@invertible/ops/backend";
import { beforeAll, describe, expect, it } from "vitest";
import {
  exactLogDet,
  geometricLaw,
  logDetEvidence,
  logDetFloat64,
  powerSeries,
  russianRoulette,
  truncationBound,
} from "./index.ts";
import { contractions, matrices, problemOf } from "../test-support/linear-problem.ts";

beforeAll(() => startBackend("wasm"));

const random = createRandom(31);
const [batch, d, lipschitz] = [200, 4, 0.6];
const bounds = { lipschitz, dimension: d };

describe("logDetEvidence", () => {
  it.each([
    ["power series", powerSeries({ terms: 6 })],
    ["power series of two probes", powerSeries({ terms: 6, probes: 2, distribution: "gaussian" })],
    ["roulette", russianRoulette({ law: geometricLaw({ p: 0.3 }), exactTerms: 2 })],
  ])("covers the truth as its standard error and bias say: %s", async (_, estimator) => {
    const j = matrices(contractions(batch, d, lipschitz, 13), d);
    const problem = problemOf(j, random);
    const truth = await logDetFloat64(problem);
    const before = memory().numTensors;
    const repeats = 24;
    const evidence = await logDetEvidence({ estimator, problem, bounds, repeats });
    expect(memory().numTensors).toBe(before);
    expect(evidence.bias).toBe(estimator.kind === "biased" ? truncationBound({ ...bounds, terms: 6 }) : 0);
    const outside = (z: number) =>
      truth.filter(
        (t, b) => Math.abs(evidence.value[b]! - t) > evidence.bias + z * evidence.standardError![b]!,
      ).length / batch;
    // Student's t with 23 degrees of freedom is beyond 2.35 in 2.8 % and beyond 5 in 6e-5 of all cases. These are upper limits,
    // since the bias helps.
    expect(outside(2.35)).toBeLessThan(0.028 + 4 * Math.sqrt((0.028 * 0.972) / batch));
    expect(outside(5)).toBe(0);
    // The interval is not wider than necessary either.
    const unexplained = truth.filter(
      (t, b) => Math.abs(evidence.value[b]! - t) > 0.5 * evidence.standardError![b]!,
    );
    expect(unexplained.length / batch).toBeGreaterThan(0.3);
    j.dispose();
  });

  it("is the mean of estimates with the keys split from the problem's, and their spread", async () => {
    const j = matrices(contractions(3, d, lipschitz), d);
    const problem = problemOf(j, random);
    const estimator = powerSeries({ terms: 3 });
    const evidence = await logDetEvidence({ estimator, problem, bounds, repeats: 2 });
    const [a, b] = await Promise.all(
      random.split(2).map((key) => estimator.estimate({ ...problem, random: key }).data()),
    );
    evidence.value.forEach((value, i) => {
      expect(value).toBeCloseTo((a![i]! + b![i]!) / 2, 12);
      expect(evidence.standardError![i]).toBeCloseTo(Math.abs(a![i]! - b![i]!) / 2, 12);
    });
    j.dispose();
  });

  it("needs one estimate, and states no standard error, where the estimator is exact", async () => {
    const j = matrices(contractions(3, d, lipschitz), d);
    let products = 0;
    const { jvp, ...problem } = problemOf(j, random);
    const counting = { ...problem, jvp: (v: Parameters<typeof jvp>[0]) => (products++, jvp(v)) };
    const evidence = await logDetEvidence({ estimator: exactLogDet(), problem: counting, bounds });
    expect(products).toBe(1);
    expect(evidence).toMatchObject({ standardError: undefined, bias: 0 });
    const truth = await logDetFloat64(problemOf(j, random));
    evidence.value.forEach((value, b) => expect(value).toBeCloseTo(truth[b]!, 5));
    j.dispose();
  });

  it("refuses a single estimate, and an estimator that does not fit the problem", async () => {
    const j = matrices(contractions(1, d, lipschitz), d);
    const problem = problemOf(j, random);
    const evidence = (estimator = powerSeries({ terms: 2 }), repeats = 1) =>
      logDetEvidence({ estimator, problem, bounds, repeats });
    await expect(evidence()).rejects.toThrow("logDetEvidence: repeats: expected at least 2");
    await expect(evidence(exactLogDet({ maxDimension: 2 }))).rejects.toThrow("exactLogDet: dimension");
    j.dispose();
  });
});
