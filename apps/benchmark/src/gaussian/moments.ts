import { dispose, matMul, tensor } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";

/** Of the examples as vectors of n numbers. */
export interface GaussianMoments {
  readonly mean: Float64Array;
  /** Divided by the number of examples, [n, n], row-major. Only the lower half is filled. */
  readonly covariance: Float64Array;
}

/** Products of bytes are below 2^16, and so many of them add up to less than 2^24: float32 holds every partial sum exactly. */
const exactRows = 256;

/**
 * Mean and covariance in float64. Sums of products of bytes are exact: they are made on the backend, 256 examples at a time,
 * and added up here. Other numbers are centred and multiplied here, which suits tables of up to a few hundred columns.
 */
export async function gaussianMoments(
  { values, shape, count }: ExampleSet,
  signal: AbortSignal,
): Promise<GaussianMoments> {
  const n = shape.reduce((product, size) => product * size, 1);
  const mean = new Float64Array(n);
  for (let i = 0, at = 0; i < count; i++) for (let k = 0; k < n; k++) mean[k]! += values[at++]!;
  for (let k = 0; k < n; k++) mean[k]! /= count;
  const covariance =
    values instanceof Uint8Array
      ? await sumsOfBytes(values, n, count, signal)
      : sumsOfCentred(values, mean, count, signal);
  const isCentred = !(values instanceof Uint8Array);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const product = covariance[i * n + j]! / count;
      covariance[i * n + j] = isCentred ? product : product - mean[i]! * mean[j]!;
    }
  return { mean, covariance };
}

async function sumsOfBytes(
  values: Uint8Array,
  n: number,
  count: number,
  signal: AbortSignal,
): Promise<Float64Array> {
  const sums = new Float64Array(n * n);
  for (let first = 0; first < count; first += exactRows) {
    signal.throwIfAborted();
    const rows = Math.min(exactRows, count - first);
    const x = tensor(Float32Array.from(values.subarray(first * n, (first + rows) * n)), [rows, n]);
    const products = matMul(x, x, true);
    try {
      const part = await products.data();
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) sums[i * n + j]! += part[i * n + j]!;
    } finally {
      dispose([x, products]);
    }
  }
  return sums;
}

function sumsOfCentred(
  values: Float32Array,
  mean: Float64Array,
  count: number,
  signal: AbortSignal,
): Float64Array {
  const n = mean.length;
  const sums = new Float64Array(n * n);
  const centred = new Float64Array(n);
  for (let row = 0; row < count; row++) {
    if (row % 1024 === 0) signal.throwIfAborted();
    for (let k = 0; k < n; k++) centred[k] = values[row * n + k]! - mean[k]!;
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) sums[i * n + j]! += centred[i]! * centred[j]!;
  }
  return sums;
}
