import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { LipschitzOperator, OperatorCertificate, VectorNorm } from "@invertible/spectral-norm";
import type { BoundBranch } from "../contractive-branch.ts";
import type { StageRounding } from "./rounding.ts";

/** One map of a branch. A branch is its stages one after another, and L the product of theirs. */
export interface BranchStage {
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** Of the map in x, in the norm of the branch: as good as the coefficients of the operators in it. */
  readonly lipschitz: number;
  readonly parameters: NamedVariables;
  readonly state: NamedVariables;
  /** Inside a `tidy`. The shape of the condition is checked by then. */
  bind(condition: Tensor | undefined): BoundStage;
  readonly operator: LipschitzOperator;
  /** The same constant, proven, from l_p to l_p. */
  certify(norm: VectorNorm): Promise<StageCertificate>;
}

export interface BoundStage extends Pick<BoundBranch, "value" | "linearise"> {
  /** The same for every point. */
  withRounding(): StageRounding;
}

export interface StageCertificate {
  readonly lipschitz: number;
  readonly operators: readonly OperatorCertificate[];
}
