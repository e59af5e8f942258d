import { createRandom } from "@invertible/ops";
import type { Matrix64 } from "@invertible/ops";
import { dualExponent } from "../src/norms.ts";

/** |x|_p, without overflow on the way. */
export function lengthOf(x: readonly number[], p: number): number {
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (p === Infinity || largest === 0) return largest;
  return largest * x.reduce((sum, value) => sum + (Math.abs(value) / largest) ** p, 0) ** (1 / p);
}

/** The rows of a matrix. */
const rowsOf = ({ rows, columns, data }: Matrix64): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)]);

/** The largest |row|_p. */
export const largestRow = (matrix: Matrix64, p: number): number =>
  Math.max(...rowsOf(matrix).map((row) => lengthOf(row, p)));

/**
 * The largest |A x|_q / |x|_p that a few power iterations x <- dual_p'(A' dual_q(A x)) find: a lower bound of the norm.
 *
 * @param transposed A' by rows, [inputs, outputs]
 * @see Boyd (1974), The power method for l^p norms
 */
export function foundNorm(transposed: Matrix64, p: number, q: number): number {
  const columns = rowsOf(transposed);
  const outputs = transposed.columns;
  const image = (x: readonly number[]) => {
    const y = new Array<number>(outputs).fill(0);
    columns.forEach((column, j) => column.forEach((entry, i) => (y[i]! += entry * x[j]!)));
    return y;
  };
  const back = (u: readonly number[]) =>
    columns.map((column) => column.reduce((sum, entry, i) => sum + entry * u[i]!, 0));
  const lengths = columns.map((column) => lengthOf(column, q));
  const longest = lengths.indexOf(Math.max(...lengths));
  const starts = [
    columns.map((_, j) => (j === longest ? 1 : 0)),
    ...[1, 2, 3, 4].map((seed) => [...createRandom(seed).normalArray(columns.length)]),
  ];
  return starts.reduce((best, start) => {
    let x = start;
    for (let i = 0; i < 40; i++) {
      const y = image(x);
      best = Math.max(best, lengthOf(y, q) / lengthOf(x, p));
      const next = dual(back(dual(y, q)), dualExponent(p));
      if (next.every((value) => value === 0)) break;
      x = next;
    }
    return best;
  }, 0);
}

/** A multiple of the z with <z, y> = |z|_p' |y|_p. */
function dual(y: readonly number[], p: number): number[] {
  const largest = lengthOf(y, Infinity);
  if (largest === 0) return [...y];
  if (p === Infinity) return y.map((value) => (Math.abs(value) === largest ? Math.sign(value) : 0));
  return y.map((value) => Math.sign(value) * (Math.abs(value) / largest) ** (p - 1));
}
