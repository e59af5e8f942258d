import { describe, expect, it } from "vitest";
import { fairnessRules, judge } from "./fairness-rules.ts";
import { madeUpOutcome } from "../../test-support/made-up-results.ts";
import type { Outcome } from "./schema.ts";

const fair = ["moons", "glyphs"].flatMap((dataset) =>
  ["i-resnet", "glow"].map((model) => madeUpOutcome(dataset, dataset === "moons" ? "plane" : "image", model)),
);

/** What each rule says once the last job is changed. */
function broken(change: (job: Outcome) => Partial<Outcome>): string[] {
  const last = fair.at(-1)!;
  const jobs = [...fair.slice(0, -1), { ...last, ...change(last) }];
  return judge(jobs)
    .filter(({ violations }) => violations.length > 0)
    .map(({ name }) => name);
}

describe("the rules of the comparison", () => {
  it("all hold in a fair comparison, and each has a text to print", () => {
    expect(broken(() => ({}))).toEqual([]);
    for (const { text } of fairnessRules) expect(text).toMatch(/^[A-Z].*\.$/);
  });

  it.each<[string, (job: Outcome) => Partial<Outcome>]>([
    ["same-examples", ({ examples }) => ({ examples: { ...examples, digest: "other" } })],
    ["same-size", ({ parameters }) => ({ parameters: Math.ceil(1.11 * parameters) })],
    ["same-training", ({ training }) => ({ training: { ...training, batchSize: 1 } })],
    ["same-search", ({ training }) => ({ training: { ...training, tunedWith: 20 } })],
    ["last-step", ({ training }) => ({ training: { ...training, stepsDone: 1 } })],
    [
      "bias-is-bounded",
      ({ metrics }) => ({
        metrics: { ...metrics, "log-det": { kind: "biased", how: "guess", bound: null } },
      }),
    ],
    [
      "same-likelihood",
      ({ metrics }) => ({ metrics: { ...metrics, "test-nll": { likelihood: "exact", value: 1 } } }),
    ],
    ["times-under-load", ({ backend }) => ({ backend: { ...backend, name: "cpu" } })],
  ])("notice a comparison that breaks %s, and break no other rule", (rule, change) => {
    expect(broken(change)).toEqual([rule]);
  });

  it("compare models on one data set, never across data sets", () => {
    const small = fair.map((job) => (job.dataset === "moons" ? { ...job, parameters: 10 } : job));
    expect(judge(small).flatMap(({ violations }) => violations)).toEqual([]);
  });
});
