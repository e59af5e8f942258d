/**
 * The lower triangle L with A = L L', in float64. A is symmetric [n, n], row-major, of which the lower half is read.
 *
 * @returns null where A is not positive definite in float64
 */
export function cholesky(a: Float64Array, n: number): Float64Array | null {
  const l = new Float64Array(n * n);
  // A pivot this small beside the diagonal is rounding.
  const least = n * 2 ** -52;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (j < i) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > least * a[i * n + i]!) l[i * n + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return l;
}

/** Solves L z = x in place. */
export function solveLower(l: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * x[k]!;
    x[i] = sum / l[i * n + i]!;
  }
}

/** The trace of the inverse of L L': the squared norm of the inverse of L. */
export function traceOfInverse(l: Float64Array, n: number): number {
  let total = 0;
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    // Column j of the inverse begins at row j.
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k]! * column[k]!;
      column[i] = sum / l[i * n + i]!;
      total += column[i]! ** 2;
    }
  }
  return total;
}
