import { dispose, fail } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Direction } from "./direction.ts";
import { bitEqual, numbersOf } from "./numbers.ts";
import type { Trial } from "./trial.ts";

/** False positives at four standard errors: 6 in 100 000 comparisons, and the keys are fixed. */
export const standardErrors = 4;
export const defaultKeys = 200;

/** Whether the log-det is an estimate in this mode: by its trait, or because it differs between keys or modes. */
export async function isEstimated(trial: Trial, direction: Direction, training: boolean): Promise<boolean> {
  if (trial.bijection.traits.logDet !== "exact") return true;
  if (!training) return false;
  const x = direction.sample(2, trial.random.fold("is estimated"));
  const draw = async (key: number, mode: boolean) => {
    const { value, logDet } = direction.both(x, { ...trial.context(key), training: mode });
    const numbers = await numbersOf(logDet);
    dispose([value, logDet]);
    return numbers;
  };
  const reference = await draw(0, false);
  const same = bitEqual(await draw(0, true), reference) && bitEqual(await draw(1, true), reference);
  dispose(x);
  return !same;
}

/** The bound on |bias| that the law allows, in nats. */
export function allowedBias({ bijection, options }: Trial, training: boolean): number {
  const { logDetBias } = options;
  if (logDetBias !== undefined) return typeof logDetBias === "number" ? logDetBias : logDetBias(bijection);
  if (bijection.traits.logDet === "unbiased" && !training) return 0;
  if (bijection.traits.logDet === "biased")
    fail(
      "describeBijection: logDetBias",
      `a bound in nats for ${bijection.name}, whose log-det is biased`,
      undefined,
    );
  return 0;
}

/** Log-dets of every example, by key. */
export async function logDetDraws(trial: Trial, direction: Direction, x: Tensor, training: boolean) {
  const draws: Float32Array[] = [];
  for (let key = 0; key < (trial.options.keys ?? defaultKeys); key++) {
    const { value, logDet } = direction.both(x, { ...trial.context(`draw ${key}`), training });
    draws.push(await numbersOf(logDet));
    dispose([value, logDet]);
  }
  return draws;
}
