import { describe, expect, it } from "vitest";
import { timeBudget } from "./time-budget.ts";

describe("timeBudget", () => {
  it("gives every program the same share, and what one leaves over to those after it", () => {
    let now = 5000;
    const budget = timeBudget(120, () => now);
    expect(budget.share(3)).toBe(40);
    now += 10_000;
    expect([budget.left(), budget.share(2), budget.share(1)]).toEqual([110, 55, 110]);
    now += 100_000;
    expect(budget.share(1)).toBe(10);
  });

  it("is spent after its time, and never negative", () => {
    let now = 0;
    const budget = timeBudget(1, () => now);
    now = 2000;
    expect([budget.left(), budget.share(1), budget.share(0)]).toEqual([0, 0, 0]);
  });
});
