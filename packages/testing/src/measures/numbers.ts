import type { Tensor } from "@invertible/ops";
import { demand } from "../law-violation.ts";

/** The tensor's numbers as a copy of their own; on some backends `data` is a view into memory that moves. */
export async function numbersOf(tensor: Tensor): Promise<Float32Array> {
  return Float32Array.from(await tensor.data());
}

/** One array per example. */
export async function rowsOf(tensor: Tensor): Promise<Float32Array[]> {
  const numbers = await numbersOf(tensor);
  const size = numbers.length / tensor.shape[0]!;
  return Array.from({ length: tensor.shape[0]! }, (_, i) => numbers.subarray(i * size, (i + 1) * size));
}

function maxAbs(values: ArrayLike<number>): number {
  let largest = 0;
  // NaN stays NaN, which no bound admits.
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}

export function euclidean(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]! ** 2;
  return Math.sqrt(total);
}

export function difference(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
}

/** |a - b| / max(1, max|b|) of every row. NaN counts as infinite. */
export function relativeErrors(a: readonly Float32Array[], b: readonly Float32Array[]): number[] {
  return b.map((row, i) => {
    const error = maxAbs(difference(a[i]!, row)) / Math.max(1, maxAbs(row));
    return a[i]!.every(Number.isFinite) ? error : Infinity;
  });
}

/** The largest of `relativeErrors`. */
export function relativeError(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...relativeErrors(a, b));
}

/** Where the largest number stands; 0 for none. */
export function indexOfLargest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

/** For messages: "x = [1.5, -0.25] (example 3)", cut after eight numbers. */
export function example(name: string, row: ArrayLike<number>, index: number): string {
  const shown = Array.from({ length: Math.min(8, row.length) }, (_, i) => Number(row[i]!.toPrecision(6)));
  return `${name} = [${shown.join(", ")}${row.length > 8 ? ", ..." : ""}] (example ${index})`;
}

export function bitEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

/**
 * Breaks the law under test if a number is NaN or infinite.
 *
 * @param inputOf says in words to which input the number of an index belongs.
 */
export function demandFinite(what: string, values: Float32Array, inputOf?: (index: number) => string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  demand(
    at < 0,
    () => `${what}: expected finite numbers, received ${values[at]} at ${at}`,
    () => (inputOf ? { input: inputOf(at) } : {}),
  );
}

/** 1.23e-5 */
export function short(value: number): string {
  return value.toExponential(2);
}

export function meanAndStandardError(draws: readonly number[]): { mean: number; standardError: number } {
  const mean = draws.reduce((total, value) => total + value, 0) / draws.length;
  const variance = draws.reduce((total, value) => total + (value - mean) ** 2, 0) / (draws.length - 1);
  return { mean, standardError: Math.sqrt(variance / draws.length) };
}
