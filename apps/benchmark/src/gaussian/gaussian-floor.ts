import type { ExampleSet } from "@invertible/trainer";
import { cholesky, solveLower, traceOfInverse } from "./cholesky.ts";
import { gaussianMoments } from "./moments.ts";

/** The variance of a number that is uniform on [0, 1). */
const noiseVariance = 1 / 12;

/** What a Gaussian reaches on the test examples. */
export interface GaussianFloor {
  /** The mean over the test examples of -log p, nats. */
  readonly meanNll: number;
  /** Of that mean, nats. */
  readonly standardError: number;
}

/**
 * The test NLL of the Gaussian with the mean and the full covariance of the training examples: what correlations alone explain. A flow
 * that is no better has learned nothing beyond them. In float64.
 *
 * Bytes are dequantised as flows do it, by noise u uniform on [0, 1), which is averaged over exactly. With mean m, covariance S and
 * C = S + I / 12 of the dequantised training examples, the NLL of a test example x of n bytes is
 *
 *     E_u[-log N(x + u; m + 1/2, C)] = (n log 2 pi + log det C + (x - m)' C^-1 (x - m) + tr(C^-1) / 12) / 2.
 *
 * So no ridge is needed, although many pixels are always black. Rows of other numbers get no noise: u = 0 and C = S.
 *
 * @returns null where C is singular: columns depend on each other, and the density has no bound
 * @throws the signal's reason where aborted
 */
export async function gaussianFloor(
  train: ExampleSet,
  test: ExampleSet,
  signal: AbortSignal,
): Promise<GaussianFloor | null> {
  const { mean, covariance } = await gaussianMoments(train, signal);
  const n = mean.length;
  const isDequantised = train.values instanceof Uint8Array;
  if (isDequantised) for (let k = 0; k < n; k++) covariance[k * n + k]! += noiseVariance;
  const l = cholesky(covariance, n);
  if (l === null) return null;
  signal.throwIfAborted();
  let logDeterminant = 0;
  for (let k = 0; k < n; k++) logDeterminant += 2 * Math.log(l[k * n + k]!);
  const noise = isDequantised ? noiseVariance * traceOfInverse(l, n) : 0;
  const constant = n * Math.log(2 * Math.PI) + logDeterminant + noise;

  const z = new Float64Array(n);
  let [sum, squares] = [0, 0];
  const nlls = Float64Array.from({ length: test.count }, (_, row) => {
    signal.throwIfAborted();
    for (let k = 0; k < n; k++) z[k] = test.values[row * n + k]! - mean[k]!;
    solveLower(l, n, z);
    return (constant + z.reduce((total, value) => total + value ** 2, 0)) / 2;
  });
  for (const nll of nlls) sum += nll;
  const meanNll = sum / test.count;
  for (const nll of nlls) squares += (nll - meanNll) ** 2;
  const variance = test.count > 1 ? squares / (test.count - 1) : 0;
  return { meanNll, standardError: Math.sqrt(variance / test.count) };
}
