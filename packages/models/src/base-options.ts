import { diagonalNormal, standardNormal } from "@invertible/flow";
import type { BaseDistribution } from "@invertible/flow";
import { checkChoice } from "@invertible/errors";
import type { Shape } from "@invertible/ops";

const bases = { standardNormal, diagonalNormal } as const;

/** "diagonalNormal" learns a mean and a scale for every latent; "standardNormal" learns nothing. */
export type BaseName = keyof typeof bases;

export function checkBase(where: string, name: BaseName): void {
  checkChoice(where, name, Object.keys(bases));
}

export function createBase(name: BaseName, shape: Shape): BaseDistribution {
  return bases[name]({ shape });
}
