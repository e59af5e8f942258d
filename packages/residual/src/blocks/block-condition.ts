import { readCondition } from "@invertible/bijection";
import type { LayerCall } from "@invertible/bijection";
import { dispose, gatherRows } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch, ContractiveBranch } from "../branches/contractive-branch.ts";

/**
 * Picks the condition that a block hands to its branches. If one of them has conditionFeatures > 0, this is `call.condition`,
 * checked, with a row for each example. Otherwise it is nothing, since the condition of a chain may be meant for another layer.
 *
 * @throws what `readCondition` throws.
 */
export function conditionFor(
  branches: readonly ContractiveBranch[],
  x: Tensor,
  call: Pick<LayerCall, "condition" | "where">,
): Tensor | undefined {
  const features = Math.max(...branches.map((branch) => branch.conditionFeatures));
  return features === 0 ? undefined : readCondition(call, x, [features]);
}

/** Runs a solver with the condition of `conditionFor`, and frees what was made for it. */
export async function withConditionFor<T>(
  branches: readonly ContractiveBranch[],
  x: Tensor,
  call: Pick<LayerCall, "condition" | "where">,
  solve: (condition: Tensor | undefined) => Promise<T>,
): Promise<T> {
  const condition = conditionFor(branches, x, call);
  return solve(condition).finally(() => {
    if (condition !== undefined && condition !== call.condition) dispose(condition);
  });
}

/** Binds a branch to the condition, or to some rows of it, if the branch takes one. */
export function bindTo(branch: ContractiveBranch, condition?: Tensor, rows?: Int32Array): BoundBranch {
  if (branch.conditionFeatures === 0 || condition === undefined) return branch.bind();
  return branch.bind(rows === undefined ? condition : gatherRows(condition, rows));
}
