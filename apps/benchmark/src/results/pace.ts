import { z } from "zod";

/**
 * paces/*.json: how fast one model trains here, and so how many steps its time budget holds. Measured once in a run and kept, so
 * that all seeds, and a run that goes on, train for the same number of steps.
 */
export const paceSchema = z.strictObject({
  format: z.literal("invertible-benchmark-pace/1"),
  budgetSeconds: z.number().positive(),
  /** Until two steps are done: initialisation, capture where steps are captured, and what only the first steps do. */
  startUpSeconds: z.number().nonnegative(),
  /** Mean of the measured steps. */
  millisecondsPerStep: z.number().positive(),
  measuredSteps: z.int().positive(),
  steps: z.int().positive(),
});

export type Pace = z.infer<typeof paceSchema>;

/** The steps that fit into a time budget, at least one, rounded down to three significant digits. */
export function stepsWithin(
  budgetSeconds: number,
  { startUpSeconds, millisecondsPerStep }: Pick<Pace, "startUpSeconds" | "millisecondsPerStep">,
): number {
  const steps = Math.max(1, Math.floor((1000 * (budgetSeconds - startUpSeconds)) / millisecondsPerStep));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(steps)) - 2);
  return Math.floor(steps / unit) * unit;
}
