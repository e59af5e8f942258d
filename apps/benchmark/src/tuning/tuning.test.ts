import { describe, expect, it } from "vitest";
import { madeUpOutcome } from "../../test-support/made-up-results.ts";
import type { Outcome } from "../results/schema.ts";
import { describeTuning } from "./describe-tuning.ts";
import { pointName, pointsOf } from "./grid.ts";
import { tunedModels } from "./tuning.ts";

/** A training of a search: an NLL, or null where it diverged. */
function trial(dataset: string, model: string, learningRate: number, value: number | null): Outcome {
  const job = madeUpOutcome(dataset, "plane", model);
  const nll = { value, standardError: 0.01, examples: 100, likelihood: "exact" };
  return {
    ...job,
    training: { ...job.training, learningRate },
    metrics: value === null ? {} : { "test-nll": nll },
    diverged: value === null ? "NaN in step 7" : null,
  };
}

const jobs = [
  trial("moons", "i-resnet", 0.01, 2.5),
  trial("rings", "i-resnet", 0.01, 2.9),
  // Better on one data set, worse on average.
  trial("moons", "i-resnet", 0.02, 2.4),
  trial("rings", "i-resnet", 0.02, 3.2),
  // The best where it did not diverge.
  trial("moons", "i-resnet", 0.05, 2),
  trial("rings", "i-resnet", 0.05, null),
  trial("moons", "glow", 0.01, null),
];

describe("a search for settings", () => {
  it("tries every combination, under names that tell them apart", () => {
    const points = pointsOf({ learningRates: [0.01, 1e-3], warmUps: [0, 20], clips: [10, 50] });
    expect(points).toHaveLength(8);
    expect(points.slice(0, 2).map(pointName)).toEqual(["rate0.01-warm0-clip10", "rate0.01-warm0-clip50"]);
    expect(new Set(points.map(pointName)).size).toBe(8);
  });

  it("chooses by the mean over data sets, and never a combination that diverged", () => {
    const [found, ...others] = tunedModels(jobs);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      model: "i-resnet",
      kind: "plane",
      best: { learningRate: 0.01, warmupSteps: 20, clipNorm: 10, score: 2.7 },
    });
    expect(found!.trials).toHaveLength(6);
    expect(found!.trials.at(-1)).toMatchObject({ dataset: "rings", learningRate: 0.05, score: null });
  });

  it("shows how the result depends on the learning rate", () => {
    const [, row] = /│ (i-resnet .*) │/.exec(describeTuning(jobs)) ?? [];
    expect(row?.split("│").map((cell) => cell.trim())).toEqual([
      "i-resnet",
      "0.01",
      "20",
      "10",
      "2.7000",
      "6",
      "2.7000",
      "2.8000",
      "diverged",
    ]);
  });

  it("of classifiers chooses by the test error", () => {
    const errorAt = (learningRate: number, value: number) => {
      const job = trial("glyphs", "resnet", learningRate, 1);
      return { ...job, task: "classification", metrics: { "test-error": { value, standardError: 0.1 } } };
    };
    const [found] = tunedModels([errorAt(0.01, 7), errorAt(0.02, 5)]);
    expect(found!.best).toMatchObject({ learningRate: 0.02, score: 5 });
    expect(describeTuning([errorAt(0.01, 7)])).toContain("test error");
  });

  it("says where the best rate is at the edge of those that were tried", () => {
    expect(describeTuning(jobs)).toContain(
      "The smallest rate was the best for i-resnet: others that were not tried may be better.",
    );
    expect(describeTuning(jobs)).not.toContain("The largest rate");
    const alone = [trial("moons", "i-resnet", 0.01, 2.5)];
    expect(describeTuning(alone)).not.toContain("not tried");
  });
});
