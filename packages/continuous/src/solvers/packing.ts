import { concat, reshape, sizeOf, slice } from "@invertible/ops";
import type { Shape, Tensor } from "@invertible/ops";

/** Puts all numbers of some tensors into one row. */
export function pack(tensors: readonly Tensor[]): Tensor {
  const rows = tensors.map((tensor) => reshape(tensor, [tensor.size]));
  return rows.length === 1 ? rows[0]! : concat(rows, 0);
}

/** Takes tensors of the given shapes out of a row that begins with them. */
export function unpack(row: Tensor, shapes: readonly Shape[]): Tensor[] {
  let begin = 0;
  return shapes.map((shape) => {
    const size = sizeOf(shape);
    const part = slice(row, [begin], [size]);
    begin += size;
    return reshape(part, [...shape]);
  });
}
