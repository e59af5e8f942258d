import type { Classifier } from "@invertible/classifier";
import { dispose, tensor } from "@invertible/ops";
import type { Random } from "@invertible/ops";
import type { ExampleSet } from "@invertible/trainer";
import { labelledRows, rowsOf } from "./labelled-examples.ts";

const batchSize = 256;

/**
 * The examples whose class is known, and those whose class a classifier names with the highest probabilities: of the examples that it puts into a
 * class, this share. They get that class.
 *
 * @see Cascante-Bonilla et al. (2021), Curriculum Labeling, arXiv:2001.06001
 */
export async function withPseudoLabels(
  classifier: Classifier,
  set: ExampleSet,
  share: number,
  random: Random,
): Promise<ExampleSet> {
  const { classes } = classifier;
  const known = new Set(labelledRows(set));
  /** By class: rows with the log-probability of that class. */
  const named = Array.from({ length: classes }, () => [] as { row: number; logProb: number }[]);
  for (let first = 0; first < set.count; first += batchSize) {
    const logProbs = await logProbsOf(classifier, set, first, random);
    for (let i = 0; i < logProbs.length / classes; i++) {
      const own = logProbs.subarray(i * classes, (i + 1) * classes);
      const logProb = Math.max(...own);
      // An example with a NaN has no class.
      if (!known.has(first + i)) named[own.indexOf(logProb)]?.push({ row: first + i, logProb });
    }
  }
  const rows = [...known];
  const target = Float32Array.from(set.target!.values);
  named.forEach((ofClass, k) => {
    ofClass.sort((a, b) => b.logProb - a.logProb);
    for (const { row } of ofClass.slice(0, Math.ceil(share * ofClass.length))) {
      target[row * classes + k] = 1;
      rows.push(row);
    }
  });
  return rowsOf({ ...set, target: { values: target, shape: [classes] } }, rows);
}

async function logProbsOf(
  classifier: Classifier,
  set: ExampleSet,
  first: number,
  random: Random,
): Promise<Float32Array> {
  const rows = Array.from({ length: Math.min(batchSize, set.count - first) }, (_, i) => first + i);
  const { values } = rowsOf(set, rows);
  const x = tensor(Float32Array.from(values), [rows.length, ...set.shape]);
  const logProbs = classifier.logProbs(x, { random: random.fold(first) });
  try {
    return (await logProbs.data()) as Float32Array;
  } finally {
    dispose([x, logProbs]);
  }
}
