import { diagonalNormal, standardLogistic, standardNormal } from "@invertible/flow";
import type { BaseDistribution } from "@invertible/flow";
import { checkChoice } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

const bases = { standardNormal, diagonalNormal, standardLogistic } as const;

/**
 * Which density the latents have. "diagonalNormal" learns a mean and a scale for every latent; "standardNormal" and "standardLogistic"
 * learn nothing.
 */
export type BaseName = keyof typeof bases;

/**
 * Checks the name of a base.
 *
 * @throws ArgumentError for an unknown name.
 */
export function checkBase(where: string, name: BaseName): void {
  checkChoice(where, name, Object.keys(bases));
}

/** Makes the base of that name. */
export function createBase(name: BaseName, shape: Shape): BaseDistribution {
  return bases[name]({ shape });
}
