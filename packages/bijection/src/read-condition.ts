import { ShapeError, fail } from "@invertible/errors";
import { checkBatch, gatherRows } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";
import type { LayerCall } from "./call.ts";

/**
 * Reads the condition of a call, as every conditional layer does: it returns one row for each example, [B, ...shape]. A
 * condition of a single row [1, ...shape] holds for the whole batch and is repeated. The result is then a new tensor, which the
 * caller frees unless it runs in a `tidy`; otherwise it is `call.condition` itself.
 *
 * @param x the batch [B, ...], whose number of rows the condition must have
 * @param shape what one row looks like, such as [conditionFeatures]
 * @throws ArgumentError where the call has no condition.
 * @throws ShapeError for rows of another shape, and for a number of rows that is neither 1 nor B.
 */
export function readCondition(
  { condition, where: caller }: Pick<LayerCall, "condition" | "where">,
  x: Tensor,
  shape: Shape,
): Tensor {
  const where = `${caller}: call.condition`;
  if (condition === undefined) fail(where, `a tensor [${["B", ...shape].join(", ")}]`, condition);
  checkBatch(where, condition, shape);
  const [batch, rows] = [x.shape[0]!, condition.shape[0]];
  if (rows === batch) return condition;
  if (rows !== 1)
    throw new ShapeError(
      `${where}: expected [${[batch, ...shape].join(", ")}], or one row for all examples, ` +
        `received [${condition.shape.join(", ")}]`,
    );
  // `broadcastTo` and products are wrong for an empty batch, in value or gradient.
  return gatherRows(condition, new Int32Array(batch));
}
