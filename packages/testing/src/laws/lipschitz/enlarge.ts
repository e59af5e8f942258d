import { perturb } from "../../trial/trial.ts";
import type { Trial } from "../../trial/trial.ts";

/** Training may carry weights as far: a log-scale from 0 to 2, a matrix to five times its size. */
const scale = 4;
const deviations = 6;

/** Gives every parameter much larger values, and refreshes. False where the test says by `perturbation: 0` that none may move. */
export async function enlarge({ bare, options, random }: Trial): Promise<boolean> {
  const deviation = deviations * (options.perturbation ?? 0.1);
  await perturb(bare, deviation, random.fold("large weights"), scale);
  return deviation > 0;
}

/** The other way: so small that no limit is reached. */
export async function shrink({ bare, options, random }: Trial): Promise<boolean> {
  const deviation = 0.01 * (options.perturbation ?? 0.1);
  await perturb(bare, deviation, random.fold("small weights"), 0.01);
  return deviation > 0;
}
