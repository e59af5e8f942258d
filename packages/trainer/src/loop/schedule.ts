import { checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";

/** What the learning rate is multiplied by at step 1, 2, ... Must be a pure function, or resuming is not exact. */
export interface Schedule {
  (step: number): number;
  /** Describes the function, so that a resumed run can tell it from another one. Plain functions have none. */
  readonly config?: JsonObject;
}

/**
 * Half a cosine from 1 at step 0 down to `final` at step `steps`, and `final` from there on.
 * @see Loshchilov, Hutter (2017), arXiv 1608.03983, equation 5
 */
export function cosineDecay({
  steps,
  final = 0,
}: {
  readonly steps: number;
  readonly final?: number;
}): Schedule {
  checkPositiveInteger("cosineDecay.steps", steps);
  if (!(final >= 0 && final <= 1)) fail("cosineDecay.final", "a number in [0, 1]", final);
  const factor = (step: number) =>
    final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / steps)));
  return Object.assign(factor, { config: { name: "cosineDecay", steps, final } });
}

/**
 * base * min(1, step / warmupSteps) * schedule(step): linear warm-up that reaches the base rate at step `warmupSteps`.
 * @throws ArgumentError where the schedule gives a negative or non-finite number.
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
