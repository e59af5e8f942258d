import { checkPositiveInteger, fail, tidy, variable } from "@invertible/ops";
import type { ActivationName, Random } from "@invertible/ops";
import { cappedDense, kaimingUniform } from "@invertible/spectral-norm";
import { asLipschitz } from "./for-the-moment.ts";
import { contraction } from "./contraction.ts";
import type { ContractiveBranch } from "./contractive-branch.ts";
import { sequentialBranch } from "./sequential-branch.ts";

export interface DenseBranchOptions {
  readonly features: number;
  /** Widths of the hidden layers, at least one. */
  readonly hidden: readonly number[];
  readonly activation: ActivationName;
  /** c, the cap on each layer's spectral norm: the branch's L is about c^(hidden layers + 1). */
  readonly coefficient: number;
  /** An activation before the first layer. */
  readonly preactivation: boolean;
  readonly random: Random;
}

/**
 * A contractive network of capped dense layers on [B, features].
 * @throws ArgumentError for sizes below 1, no hidden layer, an unknown activation, or L >= 1.
 */
export function denseBranch(options: DenseBranchOptions): ContractiveBranch {
  const { features, hidden, activation, coefficient, preactivation, random } = options;
  checkPositiveInteger("denseBranch: features", features);
  if (hidden.length === 0) fail("denseBranch: hidden", "at least one width", "none");
  for (const width of hidden) checkPositiveInteger("denseBranch: hidden", width);
  // Before anything is allocated.
  contraction(
    Array.from({ length: hidden.length + 1 }, () => coefficient),
    activation,
    preactivation,
  );
  const widths = [features, ...hidden, features];
  const layers = widths.slice(1).map((outputs, i) => {
    const key = random.fold(i);
    const inputs = widths[i]!;
    return {
      operator: asLipschitz(cappedDense({ inputs, outputs, coefficient, random: key })),
      bias: tidy(() => variable(kaimingUniform(key.fold("bias"), [outputs], inputs))),
    };
  });
  return sequentialBranch({
    layers,
    activation,
    preactivation,
    config: { branch: "dense", features, hidden: [...hidden], activation, coefficient, preactivation },
  });
}
