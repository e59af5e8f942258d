import { slice, tidy } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import type { Trial } from "./trial.ts";

/** Examples `begin` to `begin + count` of a batch. */
export function slicedRows(x: Tensor, begin: number, count: number): Tensor {
  return slice(x, [begin, ...x.shape.slice(1).map(() => 0)], [count, ...x.shape.slice(1)]);
}

/** The conditions of the same examples, as part of a call; nothing for a layer without. The caller frees them. */
export function conditionsOfRows(
  { conditions }: Trial,
  begin: number,
  count: number,
): { condition?: Tensor } {
  if (conditions === undefined) return {};
  if (conditions.shared) return { condition: conditions.of(count) };
  return { condition: tidy(() => slicedRows(conditions.of(begin + count), begin, count)) };
}
