import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { LipschitzOperator, OperatorCertificate, VectorNorm } from "@invertible/spectral-norm";
import type { BoundBranch } from "../contractive-branch.ts";
import type { StageRounding } from "./rounding.ts";

/** One map in a branch. A branch applies its stages one after another, so its L is the product of theirs. */
export interface BranchStage {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: Shape;
  /** Shape of one output, without the batch axis. */
  readonly outputShape: Shape;
  /** The Lipschitz constant of the map in x, in the branch's norm. It rests on the claimed coefficients of its operators. */
  readonly lipschitz: number;
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, by name. */
  readonly state: NamedVariables;
  /** Computes the bounded weights. Called inside a `tidy`, after the shape of the condition has been checked. */
  bind(condition: Tensor | undefined): BoundStage;
  /** The bounded linear map in the stage. */
  readonly operator: LipschitzOperator;
  /** Proves the Lipschitz constant of the map from l_p to l_p. */
  certify(norm: VectorNorm): Promise<StageCertificate>;
}

/** A stage with its weights computed and its condition fixed. */
export interface BoundStage extends Pick<BoundBranch, "value" | "linearise"> {
  /** How float32 rounds in this stage. The numbers are the same for every point. */
  withRounding(): StageRounding;
}

/** What is proven about one stage. */
export interface StageCertificate {
  /** Proven upper bound of its Lipschitz constant. */
  readonly lipschitz: number;
  /** The proofs of its operators. */
  readonly operators: readonly OperatorCertificate[];
}
