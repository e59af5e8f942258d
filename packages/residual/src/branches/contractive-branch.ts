import { checkMembers, fail } from "@invertible/errors";
import type { LipschitzControl } from "@invertible/bijection";
import type { Jvp } from "@invertible/log-det";
import type { JsonObject } from "@invertible/errors";
import type { NamedVariables, Shape, Tensor } from "@invertible/ops";
import type { Rounded } from "./stages/rounding.ts";
import type { OperatorCertificate, VectorNorm } from "@invertible/spectral-norm";

/**
 * A map g whose Lipschitz constant in an l_p norm is L < 1, so that x + g(x) is invertible. Build one with `denseBranch`,
 * `bottleneckBranch`, `denseNetBranch` or `sequentialBranch`. With the coefficient "none" it is an ordinary network, which claims no L.
 */
export interface ContractiveBranch extends LipschitzControl<BranchCertificate> {
  /** Shape of one input and of one output, without the batch axis. */
  readonly inputShape: Shape;
  /** Numbers per example in the condition [B, conditionFeatures] on which g also depends. 0 where it has none. */
  readonly conditionFeatures: number;
  /**
   * The constant L of g as a function of x, as the branch claims it. It rests on the layers' coefficients. Capped layers only
   * estimate their norms, so the claim is proven only after `enforce`. Infinity where nothing is claimed, because the layers have no
   * limit.
   */
  readonly lipschitz: number;
  /** The p of the l_p norm in which g contracts. */
  readonly norm: VectorNorm;
  /** The variables that training changes, by name. */
  readonly parameters: NamedVariables;
  /** The variables that are saved but not trained, such as the vectors of power iteration. */
  readonly state: NamedVariables;
  /** `{ branch, ... }`: the name of the branch type, and the JSON from which this type rebuilds the branch. */
  readonly config: JsonObject;
  /**
   * Computes the bounded weights, for any number of evaluations. Call it inside a `tidy`.
   *
   * @param condition [B, conditionFeatures], required where `conditionFeatures` > 0
   */
  bind(condition?: Tensor): BoundBranch;
}

/** Proven Lipschitz constants of a branch g. They hold for every condition, and treat the stored weights as exact numbers. */
export interface BranchCertificate {
  /** The constant in the branch's own norm. */
  readonly lipschitz: number;
  /** The constant in the Euclidean norm. It is the same number where that is the branch's own norm. */
  readonly euclidean: number;
  /** The proof of each operator in the branch, in the order in which they act. */
  readonly operators: readonly OperatorCertificate[];
}

/** A branch with its weights computed and its condition fixed. */
export interface BoundBranch {
  /** Computes g(x), [B, ...inputShape] -> [B, ...inputShape]. */
  value(x: Tensor): Tensor;
  /**
   * Returns g together with an estimate, for each row, of how far float32 rounding may have moved its result. The error bound
   * of an inverse uses it.
   *
   * @throws UnsupportedError where the branch claims no L, without which nothing is known of the error of its layers.
   */
  withRounding(): (x: Tensor) => Rounded;
  /**
   * Computes g(x) and prepares products with its Jacobian. The products reuse what was computed at x. They also take several
   * copies of the batch, stacked along the first axis.
   */
  linearise(x: Tensor): Linearised;
}

/** A branch at a point x, with products by its Jacobian J_g(x). */
export interface Linearised {
  /** The value g(x). */
  readonly value: Tensor;
  /** Maps v to J_g(x) v. */
  readonly jvp: Jvp;
  /** Maps w to J_g(x)' w, where ' means transposed. */
  readonly vjp: Jvp;
}

/** @throws ArgumentError unless the value has what every branch has. */
export function checkBranch(where: string, value: unknown): void {
  checkMembers(where, "a contractive branch such as denseBranch({ ... })", value, [
    "bind",
    "lipschitz",
    "inputShape",
  ]);
}

/** @throws ArgumentError unless the value is a branch that claims an L, so not for one with the coefficient "none". */
export function checkContracts(where: string, branch: ContractiveBranch): void {
  checkBranch(where, branch);
  if (branch.lipschitz === Infinity)
    fail(`${where}.lipschitz`, "a constant below 1, since this block solves equations both ways", Infinity);
}
