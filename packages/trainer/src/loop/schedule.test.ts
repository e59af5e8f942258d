import { describe, expect, it } from "vitest";
import { cosineDecay, learningRateAt, stepDecay } from "./schedule.ts";

describe("learningRateAt", () => {
  it("reaches the base rate at the last warm-up step and stays", () => {
    const rates = [1, 2, 4, 5].map((step) => learningRateAt(step, { base: 0.8, warmupSteps: 4 }));
    expect(rates).toEqual([0.2, 0.4, 0.8, 0.8]);
  });
  it("multiplies warm-up and schedule", () => {
    expect(learningRateAt(1, { base: 1, warmupSteps: 2, schedule: () => 0.5 })).toBe(0.25);
  });
  it.each([-1, Infinity, NaN])("rejects a schedule that gives %s", (value) => {
    expect(() => learningRateAt(7, { base: 1, warmupSteps: 0, schedule: () => value })).toThrow(
      "train.schedule(7)",
    );
  });
});

describe("cosineDecay", () => {
  it("goes from 1 over the middle to its final factor", () => {
    const schedule = cosineDecay({ steps: 100, final: 0.1 });
    expect([0, 50, 100, 150].map(schedule).map((x) => Number(x.toFixed(12)))).toEqual([1, 0.55, 0.1, 0.1]);
  });
  it.each([2, -0.1, NaN])("rejects a final factor of %s", (final) => {
    expect(() => cosineDecay({ steps: 1, final })).toThrow("cosineDecay.final");
  });
});

describe("stepDecay", () => {
  it("multiplies after each milestone, and says so in its configuration", () => {
    const schedule = stepDecay({ milestones: [60, 120], factor: 0.2 });
    const factors = [1, 60, 61, 120, 121, 1000].map(schedule);
    [1, 1, 0.2, 0.2, 0.04, 0.04].forEach((factor, i) => expect(factors[i]).toBeCloseTo(factor, 12));
    expect(schedule.config).toEqual({ name: "stepDecay", milestones: [60, 120], factor: 0.2 });
  });

  it.each([
    [{ milestones: [] }, "milestones: expected at least one"],
    [{ milestones: [3, 3] }, "milestones: expected steps in rising order"],
    [{ milestones: [0.5] }, "milestones: expected a positive integer"],
    [{ milestones: [3], factor: 0 }, "factor: expected"],
  ])("rejects %o", (options, message) => expect(() => stepDecay(options)).toThrow(`stepDecay.${message}`));
});
