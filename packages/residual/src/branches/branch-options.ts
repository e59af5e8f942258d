import { checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { ActivationName, Random } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/** What every branch is told. */
export interface BranchOptions {
  readonly activation: ActivationName;
  /**
   * c, the cap on the operator norm of every layer, or one for each layer. L is the product of these and of the
   * activations' slopes: c in n layers gives about c^n.
   */
  readonly coefficient: number | readonly number[];
  /** k, the numbers per example in `call.condition` [B, k], of which each layer's bias is an affine function. Default 0. */
  readonly conditionFeatures?: number;
  readonly random: Random;
}

/** For branches of layers one after another. */
export interface SequentialOptions extends BranchOptions {
  /** An activation before the first layer too, as in every block of the published networks but the first. */
  readonly preactivation: boolean;
  /**
   * p of the l_p norm in which every layer is bounded; other than 2 only with parametrisation "capped". Default 2.
   * A contraction in any norm is invertible.
   */
  readonly norm?: VectorNorm;
}

/** One coefficient per layer. */
export function perLayer(where: string, coefficient: number | readonly number[], layers: number): number[] {
  if (typeof coefficient === "number") return Array.from({ length: layers }, () => coefficient);
  if (!Array.isArray(coefficient) || coefficient.length !== layers)
    fail(`${where}: coefficient`, `a number, or ${layers} of them, one for each layer`, coefficient);
  return [...coefficient];
}

export function checkShared(
  where: string,
  { conditionFeatures = 0 }: Pick<BranchOptions, "conditionFeatures">,
): void {
  if (conditionFeatures !== 0) checkPositiveInteger(`${where}: conditionFeatures`, conditionFeatures);
}

export function checkNorm(where: string, norm: VectorNorm, parametrisation: string): void {
  if (!(norm >= 1)) fail(`${where}: norm`, "a number in [1, Infinity]", norm);
  if (norm !== 2 && parametrisation !== "capped")
    fail(`${where}: norm`, `2, the norm in which "${parametrisation}" bounds its weights`, norm);
}

/** As JSON, which knows no Infinity. */
export function sharedConfig(options: BranchOptions): JsonObject {
  const { activation, coefficient, conditionFeatures = 0 } = options;
  return {
    activation,
    coefficient: typeof coefficient === "number" ? coefficient : [...coefficient],
    conditionFeatures,
  };
}

export function normConfig(norm: VectorNorm): number | "infinity" {
  return norm === Infinity ? "infinity" : norm;
}
