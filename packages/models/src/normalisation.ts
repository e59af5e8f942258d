import { checkChoice } from "@invertible/errors";
import type { Bijection } from "@invertible/bijection";
import { actNorm, batchNorm } from "@invertible/layers";
import type { Shape } from "@invertible/ops";

const normalisations = {
  "act-norm": (inputShape: Shape) => actNorm({ inputShape }),
  "batch-norm": (inputShape: Shape) => batchNorm({ inputShape }),
} as const;

/**
 * What normalises values between layers. "act-norm": a scale and shift that start from data and are learned. "batch-norm": the
 * statistics of the batch in training and running ones otherwise. With batch norms an example depends on the whole batch in training;
 * see `batchNorm`.
 */
export type NormalisationName = keyof typeof normalisations;

/**
 * Checks the name of a normalisation.
 *
 * @throws ArgumentError for an unknown name.
 */
export function checkNormalisation(where: string, name: NormalisationName): void {
  checkChoice(where, name, Object.keys(normalisations));
}

/** Makes a normalising layer of that name. */
export function createNormalisation(name: NormalisationName, inputShape: Shape): Bijection {
  return normalisations[name](inputShape);
}
