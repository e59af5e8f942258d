import { z } from "zod";

/**
 * paces/*.json: how fast one model trains here, and so how many steps its time budget holds. Measured once in a run and kept, so
 * that all seeds, and a run that goes on, train for the same number of steps.
 */
export const paceSchema = z.strictObject({
  format: z.literal("invertible-benchmark-pace/1"),
  budgetSeconds: z.number().positive(),
  /**
   * Until two steps are done: initialisation, capture where steps are captured, and what only the first steps do. Later captures
   * count here too.
   */
  startUpSeconds: z.number().nonnegative(),
  /** Mean of the measured steps without such captures. */
  millisecondsPerStep: z.number().positive(),
  measuredSteps: z.int().positive(),
  steps: z.int().positive(),
});

export type Pace = z.infer<typeof paceSchema>;

/** Steps that take so many times the median do something that most steps do not, such as capturing a longer graph. */
const rare = 5;

/**
 * How fast steps are that took so many milliseconds after a start-up. A few of them are rare and long: a model whose log-dets
 * take a random number of terms captures its step again when a draw is longer than any before. Such draws become rarer, so a
 * short measurement would see too many of them.
 */
export function speedOf(
  milliseconds: readonly number[],
  startUpSeconds: number,
): Pick<Pace, "startUpSeconds" | "millisecondsPerStep" | "measuredSteps"> {
  const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
  const median = milliseconds.toSorted((a, b) => a - b)[Math.floor(milliseconds.length / 2)]!;
  const usual = milliseconds.filter((each) => each <= rare * median);
  return {
    startUpSeconds: startUpSeconds + (sum(milliseconds) - sum(usual)) / 1000,
    millisecondsPerStep: sum(usual) / usual.length,
    measuredSteps: milliseconds.length,
  };
}

/** The steps that fit into a time budget, at least one, rounded down to three significant digits. */
export function stepsWithin(
  budgetSeconds: number,
  { startUpSeconds, millisecondsPerStep }: Pick<Pace, "startUpSeconds" | "millisecondsPerStep">,
): number {
  const steps = Math.max(1, Math.floor((1000 * (budgetSeconds - startUpSeconds)) / millisecondsPerStep));
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(steps)) - 2);
  return Math.floor(steps / unit) * unit;
}
