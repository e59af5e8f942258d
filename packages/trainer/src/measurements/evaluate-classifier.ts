import { checkClassifier, meanAccuracy } from "@invertible/classifier";
import type { Accuracy, Classifier } from "@invertible/classifier";
import {
  NonFiniteError,
  checkOptions,
  checkPositiveInteger,
  explainOutOfMemory,
  fail,
} from "@invertible/errors";
import { dispose } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import { checkExamples } from "../data/example-set.ts";
import type { ExampleSet } from "../data/example-set.ts";
import { withBatch } from "../data/with-batch.ts";
import { createBreather } from "../loop/event-loop.ts";
import { checkClassTargets } from "../objectives/minimum-cross-entropy.ts";
import { meanAndError } from "./mean-and-error.ts";

/** Options of `evaluateClassifier`. */
export interface EvaluateClassifierOptions {
  /** The model. */
  readonly classifier: Classifier;
  /** The examples, with their classes as one-hot rows of `target`. Every example needs a class. */
  readonly data: ExampleSet;
  /** Number of examples in each call. The last batch may be smaller. Default 256. */
  readonly batchSize?: number | undefined;
  /** Key for layers that draw random numbers. Default: none, since classifiers usually draw none. */
  readonly random?: Random | undefined;
  /** Stops after the current batch. The promise is then rejected with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch with the number of examples done and the number of all. */
  readonly onProgress?: ((done: number, count: number) => void) | undefined;
}

/** How well a classifier does on a data set. */
export interface ClassifierEvaluation extends Accuracy {
  /** Number of examples. */
  readonly count: number;
  /** The most probable class of every example, in the order of the data. */
  readonly predicted: Int32Array;
  /** Mean of -log p(class | x), in nats per example. */
  readonly crossEntropy: number;
  /** The standard error of that mean over the examples. NaN for a single example. */
  readonly crossEntropyError: number;
  /** Wall-clock time of the evaluation. */
  readonly milliseconds: number;
}

/**
 * Classifies a data set, with the classifier in evaluation mode, and compares with the classes that the data set gives. Cross entropies are
 * computed from the logits in float64.
 *
 * @throws ArgumentError or ShapeError for data that do not fit the classifier, or that lack the class of an example.
 * @throws NonFiniteError naming the first example whose logits are not finite.
 * @throws OutOfMemoryError for a batch that does not fit into the memory of the backend.
 */
export async function evaluateClassifier(options: EvaluateClassifierOptions): Promise<ClassifierEvaluation> {
  const where = "evaluateClassifier";
  checkOptions(where, options, {
    classifier: "required",
    data: "required",
    batchSize: "optional",
    random: "optional",
    signal: "optional",
    onProgress: "optional",
  });
  const { classifier, data, batchSize = 256, random, signal, onProgress } = options;
  checkClassifier(`${where}.classifier`, classifier);
  checkExamples(where, data, classifier.features);
  checkClassTargets(`${where}.data`, data, classifier.classes);
  checkEveryExampleHasAClass(`${where}.data`, data);
  checkPositiveInteger(`${where}.batchSize`, batchSize);
  const start = performance.now();
  const breathe = createBreather();
  const { classes } = classifier;
  const predicted = new Int32Array(data.count);
  const losses = new Float64Array(data.count);
  let correctCount = 0;
  for (let first = 0; first < data.count; first += batchSize) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, data.count - first);
    const examples = Int32Array.from({ length: count }, (_, i) => first + i);
    await withBatch(where, data, examples, async (batch, { given }) => {
      const call = { ...given, ...(random && { random: random.fold(where).fold(first) }), training: false };
      const logits = classifier.logits(batch, call);
      const values = await logits.data().finally(() => dispose(logits));
      for (let i = 0; i < count; i++) {
        const own = values.subarray(i * classes, (i + 1) * classes);
        if (!own.every(Number.isFinite))
          throw new NonFiniteError(
            `${where}: expected finite logits, received ${own.join(", ")} for example ${first + i}`,
          );
        const example = first + i;
        const wanted = data.target!.values.subarray(example * classes, (example + 1) * classes);
        predicted[example] = largestAt(own);
        losses[example] = crossEntropyOf(own, wanted);
        if (predicted[example] === largestAt(wanted)) correctCount++;
      }
    }).catch((error: unknown) => {
      const remedy = `pass a smaller batchSize than ${batchSize}`;
      throw explainOutOfMemory(error, { where, examples: () => count, remedy });
    });
    onProgress?.(first + count, data.count);
    await breathe();
  }
  const { mean, standardError } = meanAndError(losses);
  return {
    ...meanAccuracy(correctCount, data.count),
    count: data.count,
    predicted,
    crossEntropy: mean,
    crossEntropyError: standardError,
    milliseconds: performance.now() - start,
  };
}

function checkEveryExampleHasAClass(where: string, { target, count }: ExampleSet): void {
  const { values, shape } = target!;
  const classes = shape[0]!;
  for (let i = 0; i < count; i++)
    if (!values.subarray(i * classes, (i + 1) * classes).some((value) => value > 0))
      fail(`${where}.target of example ${i}`, "its class", "zeros, which say that it is not known");
}

/** The index of the largest number, the first of several. */
function largestAt(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[at]!) at = i;
  return at;
}

/** -sum_k t_k log softmax(logits)_k, in nats. */
function crossEntropyOf(logits: ArrayLike<number>, wanted: ArrayLike<number>): number {
  const largest = logits[largestAt(logits)]!;
  let [total, expected, weight] = [0, 0, 0];
  for (let k = 0; k < logits.length; k++) {
    total += Math.exp(logits[k]! - largest);
    expected += wanted[k]! * (logits[k]! - largest);
    weight += wanted[k]!;
  }
  return weight * Math.log(total) - expected;
}
