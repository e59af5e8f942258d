import { NonFiniteError } from "@invertible/errors";
import { solveForward } from "@invertible/continuous";
import type { Flow } from "@invertible/flow";
import { add, dispose, tensor, tidy } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { meanAndError } from "@invertible/trainer";
import type { Evaluation, ExampleSet } from "@invertible/trainer";

/** What an evaluation with step control says of its integrals. */
export interface IntegrationReport {
  /** How often the network was evaluated for a batch, on average, in all equations together. */
  readonly evaluations: number;
  /** The largest estimated error of an example, in nats and in the unit of the latents together. */
  readonly error: number;
}

export interface IntegratedEvaluation extends Evaluation {
  readonly integration: IntegrationReport;
}

export interface EvaluateIntegratedOptions {
  readonly flow: Flow;
  readonly data: ExampleSet;
  readonly random: Random;
  readonly batchSize: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, count: number) => void;
}

/**
 * Log-likelihoods of a model of differential equations, integrated with step control. Training makes a fixed number of steps. It can learn
 * dynamics for which these steps are wrong and their log-determinants too large, so a likelihood from the same steps could
 * be far above the true one.
 *
 * @throws NotConvergedError where an equation is too stiff for the tolerance.
 * @throws NonFiniteError where a state or log-probability is not finite.
 */
export async function evaluateIntegrated(options: EvaluateIntegratedOptions): Promise<IntegratedEvaluation> {
  const { flow, data, random, batchSize, signal, onProgress } = options;
  const started = performance.now();
  const size = data.values.length / data.count;
  const logProb = new Float64Array(data.count);
  let [evaluations, batches, error] = [0, 0, 0];
  for (let first = 0; first < data.count; first += batchSize) {
    signal.throwIfAborted();
    const count = Math.min(batchSize, data.count - first);
    const x = tensor(Float32Array.from(data.values.subarray(first * size, (first + count) * size)), [
      count,
      ...data.shape,
    ]);
    const { y, logDet, evidence } = await solveForward(flow.bijection, x, {
      random: random.fold("evaluate").fold(first),
      absoluteTolerance: tolerance,
      relativeTolerance: tolerance,
      maxSteps,
    }).finally(() => dispose(x));
    const total = tidy(() => add(flow.base.logProb(y), logDet));
    logProb.set(await total.data(), first);
    dispose([y, logDet, total]);
    batches += 1;
    for (const block of evidence) evaluations += block.evaluations;
    for (let row = 0; row < count; row++)
      error = Math.max(
        error,
        evidence.reduce((sum, { rows }) => sum + rows[row]!.error, 0),
      );
    onProgress(first + count, data.count);
  }
  if (!logProb.every(Number.isFinite))
    throw new NonFiniteError("evaluateIntegrated: expected finite log-probabilities, received others");
  const { mean, standardError } = meanAndError(logProb);
  return {
    logProb,
    meanNll: -mean,
    standardError,
    logDet: flow.traits.logDet,
    likelihood: flow.traits.likelihood,
    milliseconds: performance.now() - started,
    integration: { evaluations: evaluations / batches, error },
  };
}

/** Of each step. Errors of this size add up to less than the noise of the probe and the standard error over examples. */
const tolerance = 1e-4;
/** Of one equation. Smooth dynamics take a few dozen; more than this would take hours for a test set. */
const maxSteps = 500;
