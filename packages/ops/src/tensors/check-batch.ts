import { ShapeError, fail } from "@invertible/errors";
import type { Shape, Tensor } from "./types.ts";

/**
 * Checks that x is a batch of examples of the given shape. `where` starts the message.
 *
 * @throws ShapeError unless x is [B, ...shape]. B may be 0.
 * @throws ArgumentError where x is not a tensor.
 */
export function checkBatch(where: string, x: Tensor, shape: Shape): void {
  if (!Array.isArray((x as Partial<Tensor> | undefined)?.shape)) fail(where, "a tensor", x);
  const fits = x.rank === shape.length + 1 && shape.every((n, i) => x.shape[i + 1] === n);
  if (!fits)
    throw new ShapeError(
      `${where}: expected [${["B", ...shape].join(", ")}], received [${x.shape.join(", ")}]`,
    );
}
