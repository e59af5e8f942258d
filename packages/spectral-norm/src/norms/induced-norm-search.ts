import { dualExponent } from "@invertible/certificates";
import type { Matrix64 } from "@invertible/ops";
import { dualVector, vectorNorm } from "./vector-norm.ts";

/** Number of starting vectors of each of three kinds. */
const starts = 12;
/** Most iterations from each starting vector. */
const mostIterations = 1000;

/**
 * Searches the largest |A x|_q over |x|_p = 1 by power iterations x <- dual_p'(A' dual_q(A x)). They start from the dual
 * vectors of the largest rows, the largest columns and generic vectors. No iteration lowers |A x|_q, but it may end at a local
 * maximum. So the result is a lower estimate of the norm. It is exact in the limit for p >= q and a matrix without negative
 * entries.
 *
 * @see Boyd (1974), The power method for l^p norms; Higham (1992), Estimating the matrix p-norm, algorithm 2.1
 */
export function searchInducedNorm(a: Matrix64, transposed: Matrix64, p: number, q: number): number {
  const step = (x: Float64Array) =>
    dualVector(product(transposed, dualVector(product(a, x), q)), dualExponent(p));
  let best = 0;
  for (const start of startsOf(a, transposed, p, q)) {
    let x = start;
    let norm = vectorNorm(product(a, x), q);
    for (let i = 0; i < mostIterations && norm > 0; i++) {
      const next = step(x);
      const raised = vectorNorm(product(a, next), q);
      if (!(raised > norm * (1 + 1e-14))) break;
      [x, norm] = [next, raised];
    }
    best = Math.max(best, norm);
  }
  return best;
}

/**
 * The largest |A x|_q over the corners x of the cube, which is the norm from l_infinity, because a convex function is largest
 * at a corner. Each corner differs from the one before in one sign.
 */
export function largestAtCorners(a: Matrix64, transposed: Matrix64, q: number): number {
  const signs = new Float64Array(a.columns).fill(1);
  const image = product(a, signs);
  let best = vectorNorm(image, q);
  // The last sign stays, since x and -x have the same norm.
  for (let corner = 1; corner < 2 ** (a.columns - 1); corner++) {
    const flipped = 31 - Math.clz32(corner & -corner);
    signs[flipped]! *= -1;
    for (let i = 0; i < a.rows; i++)
      image[i]! += 2 * signs[flipped]! * transposed.data[flipped * a.rows + i]!;
    best = Math.max(best, vectorNorm(image, q));
  }
  return best;
}

function* startsOf(a: Matrix64, transposed: Matrix64, p: number, q: number): Generator<Float64Array> {
  for (const j of largestRows(transposed, q))
    yield Float64Array.from({ length: a.columns }, (_, k) => (k === j ? 1 : 0));
  for (const i of largestRows(a, dualExponent(p))) {
    const row = a.data.slice(i * a.columns, (i + 1) * a.columns);
    if (row.some((value) => value !== 0)) yield dualVector(row, dualExponent(p));
  }
  for (let s = 1; s <= starts; s++) {
    // Multiples of an irrational number modulo 1: the same at every call, and unrelated to the matrix.
    const generic = Float64Array.from(
      { length: a.columns },
      (_, k) => ((s * (k + 1) * 0.754877666) % 1) - 0.5,
    );
    yield generic.map((value) => value / vectorNorm(generic, p));
  }
}

/** The indices of the rows with the largest l_p norms. */
function largestRows({ rows, columns, data }: Matrix64, p: number): number[] {
  const norms = Array.from({ length: rows }, (_, i) =>
    vectorNorm(data.subarray(i * columns, (i + 1) * columns), p),
  );
  return norms
    .map((_, i) => i)
    .sort((i, j) => norms[j]! - norms[i]!)
    .slice(0, starts);
}

function product({ rows, columns, data }: Matrix64, x: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[i]! += data[i * columns + j]! * x[j]!;
  return y;
}
