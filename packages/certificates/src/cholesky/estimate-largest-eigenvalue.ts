import { times } from "./band-matrix.ts";
import type { BandMatrix } from "./band-matrix.ts";
import { dot } from "../dot.ts";

/**
 * Largest number of steps. The leading singular values of convolutions lie close together; this usually leaves an error below
 * 1e-6.
 */
export const mostSteps = 96;

/**
 * Estimates the largest eigenvalue of a positive semidefinite G from below, by Lanczos iteration with full orthogonalisation.
 * Only the tightness of a bound depends on it, never its truth.
 *
 * @see Golub, Van Loan (2013), Matrix computations, section 10.1
 */
export function estimateLargestEigenvalue(g: BandMatrix): number {
  const steps = Math.min(g.size, mostSteps);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let v = unit(genericDirection(g.size));
  let estimate = 0;
  for (let k = 0; k < steps; k++) {
    basis.push(v);
    const next = times(g, v);
    diagonal.push(dot(next, 0, v, 0, g.size));
    if (k % 8 === 7 || k === steps - 1) {
      const better = largestOfTridiagonal(diagonal, beside);
      if (better <= estimate * (1 + 1e-9)) return Math.max(better, estimate);
      estimate = better;
    }
    for (let pass = 0; pass < 2; pass++) for (const b of basis) subtract(next, dot(next, 0, b, 0, g.size), b);
    const length = Math.sqrt(dot(next, 0, next, 0, g.size));
    if (length <= 1e-14 * Math.abs(diagonal[0]!)) return largestOfTridiagonal(diagonal, beside);
    beside.push(length);
    v = next.map((x) => x / length);
  }
  return estimate;
}

/** Finds the largest eigenvalue of a tridiagonal matrix T by bisection on the signs of the pivots of T - x I. */
function largestOfTridiagonal(diagonal: readonly number[], beside: readonly number[]): number {
  const radius = (i: number) => (beside[i - 1] ?? 0) + (i < diagonal.length - 1 ? beside[i]! : 0);
  let low = Math.max(...diagonal);
  let high = Math.max(...diagonal.map((d, i) => d + radius(i)));
  const allBelow = (x: number) => {
    let pivot = diagonal[0]! - x;
    for (let i = 1; i < diagonal.length && pivot < 0; i++)
      pivot = diagonal[i]! - x - beside[i - 1]! ** 2 / pivot;
    return pivot < 0;
  };
  for (let i = 0; i < 60 && high > low * (1 + 1e-15); i++) {
    const middle = (low + high) / 2;
    if (allBelow(middle)) high = middle;
    else low = middle;
  }
  return low;
}

function subtract(x: Float64Array, factor: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! -= factor * y[i]!;
}

function unit(x: Float64Array): Float64Array {
  const length = Math.sqrt(dot(x, 0, x, 0, x.length));
  return x.map((value) => value / length);
}

/**
 * A fixed direction, the same at every call: multiples of the golden ratio modulo 1. Unless a vector is constructed against it,
 * it has a part along that vector.
 */
function genericDirection(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (((i + 1) * 0.6180339887498949) % 1) - 0.5);
}
