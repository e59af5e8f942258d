import type { Bijection } from "@invertible/bijection";
import { dispose } from "@invertible/ops";
import { residualBlock } from "@invertible/residual";
import type { ContractiveBranch, ResidualBlockOptions } from "@invertible/residual";

/** A residual block whose branch is freed when the block refuses it, for example for an estimator that does not fit its L. */
export function blockOf(branch: ContractiveBranch, options: Omit<ResidualBlockOptions, "branch">): Bijection {
  try {
    return residualBlock({ branch, ...options });
  } catch (error) {
    dispose([...Object.values(branch.parameters), ...Object.values(branch.state)]);
    throw error;
  }
}
