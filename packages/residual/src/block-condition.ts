import type { AnyContext } from "@invertible/bijection";
import { ShapeError, checkBatch, fail, gatherRows } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { BoundBranch, ContractiveBranch } from "./contractive-branch.ts";

/** "residualBlock (3.inner)" */
export function placeOf(layer: string, path: string | undefined): string {
  return path ? `${layer} (${path})` : layer;
}

/**
 * What a block hands to its branches: `context.condition`, checked, where one of them has conditionFeatures > 0. Otherwise
 * nothing, for in a chain the condition may be another layer's.
 *
 * @throws ArgumentError where it is missing; ShapeError where it is not [B, conditionFeatures] with the batch's B.
 */
export function conditionFor(
  layer: string,
  branches: readonly ContractiveBranch[],
  x: Tensor,
  { condition, path }: Pick<AnyContext, "condition" | "path">,
): Tensor | undefined {
  const features = Math.max(...branches.map((branch) => branch.conditionFeatures));
  if (features === 0) return undefined;
  const where = `${placeOf(layer, path)}: context.condition`;
  if (condition === undefined) fail(where, `a tensor [B, ${features}]`, condition);
  checkBatch(where, condition, [features]);
  const [batch] = x.shape;
  if (condition.shape[0] !== batch)
    throw new ShapeError(
      `${where}: expected [${batch}, ${features}], received [${condition.shape.join(", ")}]`,
    );
  return condition;
}

/** The branch bound to the condition, or to some rows of it, if it takes one. */
export function bindTo(branch: ContractiveBranch, condition?: Tensor, rows?: Int32Array): BoundBranch {
  if (branch.conditionFeatures === 0 || condition === undefined) return branch.bind();
  return branch.bind(rows === undefined ? condition : gatherRows(condition, rows));
}
