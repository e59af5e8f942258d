import type { LipschitzControl } from "@invertible/bijection";
import type { Jvp } from "@invertible/log-det";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { Rounded } from "./stages/rounding.ts";
import type { OperatorCertificate, VectorNorm } from "@invertible/spectral-norm";

/**
 * A map g with Lipschitz constant L < 1 in the l_p norm, so that x + g(x) is invertible.
 * Build one with `denseBranch`, `bottleneckBranch`, `denseNetBranch` or `sequentialBranch`.
 */
export interface ContractiveBranch extends LipschitzControl<BranchCertificate> {
  readonly inputShape: Shape;
  /** Numbers per example in the condition [B, conditionFeatures] that g also depends on; 0 where it has none. */
  readonly conditionFeatures: number;
  /** L, concerning x only: as good as the layers' coefficients, which are estimates until `enforce`. */
  readonly lipschitz: number;
  /** p */
  readonly norm: VectorNorm;
  readonly parameters: NamedVariables;
  readonly state: NamedVariables;
  /** `{ branch, ... }`: which kind, and what its type rebuilds it from. */
  readonly config: JsonObject;
  /**
   * Computes the bounded weights, once for any number of evaluations. Call it inside a `tidy`.
   * @param condition [B, conditionFeatures], required where `conditionFeatures` > 0
   */
  bind(condition?: Tensor): BoundBranch;
}

/** Proven constants of g for every condition, exact arithmetic on the stored weights. */
export interface BranchCertificate {
  /** In the branch's own norm. */
  readonly lipschitz: number;
  /** In the Euclidean norm: the same number where that is the branch's own. */
  readonly euclidean: number;
  readonly operators: readonly OperatorCertificate[];
}

export interface BoundBranch {
  /** g(x): [B, ...inputShape] -> [B, ...inputShape] */
  value(x: Tensor): Tensor;
  /** g that also says, for each row, how far float32 may have taken its result: for an inverse's error bound. */
  withRounding(): (x: Tensor) => Rounded;
  /** g at x with its derivative. The products reuse what was computed at x, and take any number of stacked copies of the batch. */
  linearise(x: Tensor): Linearised;
}

export interface Linearised {
  /** g(x) */
  readonly value: Tensor;
  /** v -> J_g(x) v */
  readonly jvp: Jvp;
  /** w -> J_g(x)' w */
  readonly vjp: Jvp;
}
