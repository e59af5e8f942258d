import type { LayerCall } from "@invertible/bijection";
import { ShapeError, fail } from "@invertible/errors";
import { checkBatch, gatherRows } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch, ContractiveBranch } from "../branches/contractive-branch.ts";

/**
 * Picks the condition that a block hands to its branches. If one of them has conditionFeatures > 0, this is `call.condition`,
 * checked. Otherwise it is nothing, since the condition of a chain may be meant for another layer.
 *
 * @throws ArgumentError where it is missing.
 * @throws ShapeError where it is not [B, conditionFeatures] with the B of the batch.
 */
export function conditionFor(
  branches: readonly ContractiveBranch[],
  x: Tensor,
  { condition, where: caller }: Pick<LayerCall, "condition" | "where">,
): Tensor | undefined {
  const features = Math.max(...branches.map((branch) => branch.conditionFeatures));
  if (features === 0) return undefined;
  const where = `${caller}: call.condition`;
  if (condition === undefined) fail(where, `a tensor [B, ${features}]`, condition);
  checkBatch(where, condition, [features]);
  const [batch] = x.shape;
  if (condition.shape[0] !== batch)
    throw new ShapeError(
      `${where}: expected [${batch}, ${features}], received [${condition.shape.join(", ")}]`,
    );
  return condition;
}

/** Binds a branch to the condition, or to some rows of it, if the branch takes one. */
export function bindTo(branch: ContractiveBranch, condition?: Tensor, rows?: Int32Array): BoundBranch {
  if (branch.conditionFeatures === 0 || condition === undefined) return branch.bind();
  return branch.bind(rows === undefined ? condition : gatherRows(condition, rows));
}
