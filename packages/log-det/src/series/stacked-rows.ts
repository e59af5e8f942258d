import { add, mul, reshape, slice, sum } from "@invertible/ops";
import type { Tensor } from "@invertible/ops";
import { rowProducts } from "./quadratic-forms.ts";

/** The first `count` rows of x, or x itself if it has no more. */
export function firstRows(x: Tensor, count: number): Tensor {
  return count === x.shape[0] ? x : slice(x, 0, count);
}

/**
 * sum_s <a_s, b_s> / probes, row by row, over the copies of the batch stacked in b. There may be more copies in a. [S B, ...]
 * -> [B].
 */
export function meanProducts(a: Tensor, b: Tensor, batch: number, probes: number): Tensor {
  const rows = b.shape[0]!;
  const products = rowProducts(firstRows(a, rows), b);
  if (probes === 1 || batch === 0) return products;
  return mul(sum(reshape(products, [rows / batch, batch]), 0), 1 / probes);
}

/** total + weight x. For a weight of 1 or an absent total, it saves an operation. */
export function addWeighted(total: Tensor | undefined, x: Tensor, weight: number | Tensor): Tensor {
  const term = weight === 1 ? x : mul(x, weight);
  return total ? add(total, term) : term;
}
