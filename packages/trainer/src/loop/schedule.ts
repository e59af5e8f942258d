import { checkOptions, checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";

/**
 * A function of the step, counted from 1, that multiplies the learning rate. It must be pure; otherwise resuming is not exact.
 */
export interface Schedule {
  (step: number): number;
  /** Describes the function, so that a resumed run can tell it from another one. Plain functions have none. */
  readonly config?: JsonObject;
}

/**
 * A schedule that follows half a cosine, from 1 at step 0 down to `final` at step `steps`, and stays at `final` from there on.
 *
 * @param steps length of the decay, a positive integer
 * @param final last factor, in [0, 1]; default 0
 * @throws ArgumentError for options out of range.
 * @see Loshchilov, Hutter (2017), arXiv 1608.03983, equation 5
 */
export function cosineDecay(options: { readonly steps: number; readonly final?: number }): Schedule {
  checkOptions("cosineDecay", options, { steps: "required", final: "optional" });
  const { steps, final = 0 } = options;
  checkPositiveInteger("cosineDecay.steps", steps);
  if (!(final >= 0 && final <= 1)) fail("cosineDecay.final", "a number in [0, 1]", final);
  const factor = (step: number) =>
    final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / steps)));
  return Object.assign(factor, { config: { name: "cosineDecay", steps, final } });
}

/**
 * A schedule that multiplies by `factor` after each milestone: factor^(number of milestones below the step).
 *
 * @param milestones the last steps before each change, positive integers in rising order
 * @param factor in (0, 1]; default 0.1
 * @throws ArgumentError for options out of range.
 */
export function stepDecay(options: {
  readonly milestones: readonly number[];
  readonly factor?: number;
}): Schedule {
  checkOptions("stepDecay", options, { milestones: "required", factor: "optional" });
  const { milestones, factor = 0.1 } = options;
  if (!Array.isArray(milestones) || milestones.length === 0)
    fail("stepDecay.milestones", "at least one step", milestones);
  milestones.forEach((milestone, i) => {
    checkPositiveInteger("stepDecay.milestones", milestone);
    if (i > 0 && milestone <= milestones[i - 1]!)
      fail("stepDecay.milestones", "steps in rising order", milestones);
  });
  if (!(factor > 0 && factor <= 1)) fail("stepDecay.factor", "a number in (0, 1]", factor);
  const passed = (step: number) => milestones.filter((milestone) => milestone < step).length;
  return Object.assign((step: number) => factor ** passed(step), {
    config: { name: "stepDecay", milestones: [...milestones], factor },
  });
}

/**
 * The learning rate of a step: base * min(1, step / warmupSteps) * schedule(step). The linear warm-up reaches the base rate at
 * step `warmupSteps`.
 *
 * @throws ArgumentError where the schedule gives a number that is negative or not finite.
 */
export function learningRateAt(
  step: number,
  {
    base,
    warmupSteps,
    schedule,
  }: { readonly base: number; readonly warmupSteps: number; readonly schedule?: Schedule | undefined },
): number {
  const factor = schedule?.(step) ?? 1;
  if (!(factor >= 0 && factor < Infinity))
    fail(`train.schedule(${step})`, "a finite number, at least 0", factor);
  const warmup = warmupSteps > 0 ? Math.min(1, step / warmupSteps) : 1;
  return base * warmup * factor;
}
