import { expect, it } from "vitest";
import { speedOf, stepsWithin } from "./pace.ts";

it.each([
  // (60 - 4) s / 20 ms
  { budgetSeconds: 60, startUpSeconds: 4, millisecondsPerStep: 20, steps: 2800 },
  { budgetSeconds: 360, startUpSeconds: 0, millisecondsPerStep: 291, steps: 1230 },
  { budgetSeconds: 10, startUpSeconds: 0, millisecondsPerStep: 130, steps: 76 },
  // A budget that does not even hold the start holds one step.
  { budgetSeconds: 1, startUpSeconds: 3, millisecondsPerStep: 20, steps: 1 },
])(
  "$budgetSeconds s at $millisecondsPerStep ms a step are $steps steps",
  ({ steps, budgetSeconds, ...pace }) => expect(stepsWithin(budgetSeconds, pace)).toBe(steps),
);

it("counts steps that are captured again as part of the start", () => {
  // Twelve steps of 100 ms, and two of 7.1 and 13.1 s.
  const milliseconds = [100, 7100, ...Array<number>(10).fill(100), 13100, 100];
  expect(speedOf(milliseconds, 2)).toEqual({
    startUpSeconds: 22.2,
    millisecondsPerStep: 100,
    measuredSteps: 14,
  });
  expect(speedOf([300], 2)).toEqual({ startUpSeconds: 2, millisecondsPerStep: 300, measuredSteps: 1 });
});
