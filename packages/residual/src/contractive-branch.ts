import type { RefreshOptions } from "@invertible/bijection";
import type { Jvp } from "@invertible/log-det";
import type { JsonObject, NamedVariables, Shape, Tensor } from "@invertible/ops";

/**
 * A map g with Lipschitz constant L < 1 in the Euclidean norm, so that x + g(x) is invertible.
 * Build one with `denseBranch`, `bottleneckBranch` or `sequentialBranch`.
 */
export interface ContractiveBranch {
  readonly inputShape: Shape;
  /** L: a bound by construction, as good as the power iteration behind it (see `CappedOperator`). */
  readonly lipschitz: number;
  readonly parameters: NamedVariables;
  readonly state: NamedVariables;
  /** `{ branch, ... }`: which kind, and what its type rebuilds it from. */
  readonly config: JsonObject;
  /** Computes the capped weights, once for any number of evaluations. Call it inside a `tidy`. */
  bind(): BoundBranch;
  /** Power iteration; see `CappedOperator.refresh`. */
  refresh(options: RefreshOptions): Promise<void>;
}

export interface BoundBranch {
  /** g(x): [B, ...inputShape] -> [B, ...inputShape] */
  value(x: Tensor): Tensor;
  /** g(x) and v -> J_g(x) v, which reuses the derivatives computed at x and costs as much as the linear layers alone. */
  linearise(x: Tensor): { readonly value: Tensor; readonly jvp: Jvp };
}
