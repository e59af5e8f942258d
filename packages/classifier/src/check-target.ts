import { ShapeError, fail } from "@invertible/errors";
import { cast } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";

/**
 * Checks logits and targets of one batch, both [B, classes].
 *
 * @throws ArgumentError where one of them is not a tensor.
 * @throws ShapeError where the shapes differ or are not [B, classes].
 */
export function checkTarget(where: string, logits: Tensor, target: Tensor, first = "logits"): void {
  for (const [name, value] of Object.entries({ [first]: logits, target }))
    if (!Array.isArray((value as Partial<Tensor> | undefined)?.shape))
      fail(`${where} ${name}`, "a tensor", value);
  const shown = (shape: readonly number[]) => `[${shape.join(", ")}]`;
  if (logits.rank !== 2)
    throw new ShapeError(`${where} ${first}: expected [B, classes], received ${shown(logits.shape)}`);
  if (target.shape.join() !== logits.shape.join())
    throw new ShapeError(
      `${where} target: expected ${shown(logits.shape)}, one row for each of logits, received ${shown(target.shape)}`,
    );
}

/** The numbers as floats, whichever type they have. */
export function floats(x: Tensor): Tensor {
  return x.dtype === "float32" ? x : cast(x, "float32");
}
