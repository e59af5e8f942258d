import { checkRandom } from "@invertible/ops";
import { checkPositiveInteger, fail } from "@invertible/errors";
import type { JsonObject } from "@invertible/errors";
import type { ActivationName, Random } from "@invertible/ops";
import type { VectorNorm } from "@invertible/spectral-norm";

/** The options that all branches of this package share. */
export interface BranchOptions {
  /** The activation phi between layers. */
  readonly activation: ActivationName;
  /**
   * The limit c on the operator norm of every layer, or a list with one limit for each layer. The Lipschitz constant L of the
   * branch is the product of these and of the slopes of the activations. So c in n layers gives about c^n.
   *
   * "none" limits nothing: every layer applies its weight itself, as in an ordinary network, and the branch claims no L. Such a branch
   * makes a `residualBlock` without inverse and log-det. It is for dense and bottleneck branches, in the Euclidean norm.
   */
  readonly coefficient: number | readonly number[] | "none";
  /**
   * The number k of values per example in `call.condition` [B, k]. The bias of each layer is an affine function of them.
   * Default 0, which means no condition.
   */
  readonly conditionFeatures?: number;
  /** Key for initial weights. */
  readonly random: Random;
}

/** Options of branches whose layers follow one after another. */
export interface SequentialOptions extends BranchOptions {
  /** Whether an activation also stands before the first layer, as in every block of the published networks but the first. */
  readonly preactivation: boolean;
  /**
   * The p of the l_p norm in which every layer is bounded, in [1, Infinity]. A branch that contracts in any norm gives an
   * invertible block. Values other than 2 need the parametrisation "capped". Default 2.
   */
  readonly norm?: VectorNorm;
}

/**
 * Expands a coefficient to one for each layer.
 *
 * @throws ArgumentError for a list of another length.
 */
export function perLayer(where: string, coefficient: number | readonly number[], layers: number): number[] {
  if (typeof coefficient === "number") return Array.from({ length: layers }, () => coefficient);
  if (!Array.isArray(coefficient) || coefficient.length !== layers)
    fail(`${where}: coefficient`, `a number, or ${layers} of them, one for each layer`, coefficient);
  return [...coefficient];
}

/** Checks the options that all branches share. */
export function checkShared(
  where: string,
  { conditionFeatures = 0, random }: Pick<BranchOptions, "conditionFeatures" | "random">,
): void {
  checkRandom(`${where}: random`, random);
  if (conditionFeatures !== 0) checkPositiveInteger(`${where}: conditionFeatures`, conditionFeatures);
}

/**
 * Checks the norm of a branch.
 *
 * @throws ArgumentError for p < 1, and for p other than 2 where the parametrisation bounds Euclidean norms only.
 */
export function checkNorm(where: string, norm: VectorNorm, parametrisation: string): void {
  if (!(norm >= 1)) fail(`${where}: norm`, "a number in [1, Infinity]", norm);
  if (norm !== 2 && parametrisation !== "capped")
    fail(`${where}: norm`, `2, the norm in which "${parametrisation}" bounds its weights`, norm);
}

/** The shared options as JSON. */
export function sharedConfig(options: BranchOptions): JsonObject {
  const { activation, coefficient, conditionFeatures = 0 } = options;
  return {
    activation,
    coefficient: typeof coefficient === "object" ? [...coefficient] : coefficient,
    conditionFeatures,
  };
}

/** The norm as JSON, which has no Infinity. */
export function normConfig(norm: VectorNorm): number | "infinity" {
  return norm === Infinity ? "infinity" : norm;
}
