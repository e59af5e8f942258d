import { grainOf, split, withScratch } from "../native/split.ts";
import type { SplitCall } from "../native/split.ts";

/** With fewer rows of A or fewer terms in a sum, arranging B costs more than the faster product saves. */
const fewestRows = 8;
const fewestTerms = 4;

/** A matrix product C = A B or, with `transposeB`, C = A B^T, with A [rows, k] and C [rows, n]. */
export interface Product {
  /** The addresses of the matrices. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly rows: number;
  readonly k: number;
  readonly n: number;
  readonly transposeB: boolean;
}

/** Whether `multiply` is faster than the kernel of TensorFlow.js, which is slow for a transposed factor. */
export function isWorthMultiplying({
  rows,
  k,
  transposeB,
}: Pick<Product, "rows" | "k" | "transposeB">): boolean {
  return transposeB || (rows >= fewestRows && k >= fewestTerms);
}

/** Runs `use` with scratch memory in which `multiply` arranges right factors of this size. */
export function withPackedFactor<T>(
  call: SplitCall,
  { k, n }: Pick<Product, "k" | "n">,
  use: (packed: number) => T,
): T {
  return withScratch(call, call.native["matrixProductScratch"]!(k, n), use);
}

/** Multiplies two matrices, with scratch memory from `withPackedFactor`. */
export function multiply(
  { a, b, c, rows, k, n, transposeB }: Product,
  packed: number,
  call: SplitCall,
): void {
  call.native["packFactor"]!(b, packed, k, n, transposeB ? 1 : 0);
  split(call, "multiplyByPacked", {
    units: rows,
    grain: grainOf(k * n),
    argumentsOf: ({ from, to }) => [a + 4 * from * k, packed, c + 4 * from * n, to - from, k, n],
  });
}
