import { childCall } from "@invertible/bijection";
import { checkClassifier, classifierArchitecture, correct, crossEntropy } from "@invertible/classifier";
import type { Classifier } from "@invertible/classifier";
import { fail, readJson } from "@invertible/errors";
import type { ExampleSet } from "../data/example-set.ts";
import type { Objective } from "./objective.ts";

/** The terms of a classification: the cross entropy in nats, and 1 for an example that is classified correctly, else 0. */
export type ClassificationTerm = "crossEntropy" | "accuracy";

/**
 * Minimum cross entropy of a classifier: the loss is the mean of -log p(class | x), in nats per example. The accuracy of the batch is
 * reported beside it. The data set gives the class of each example as a one-hot row of its `target`; a row of zeros says that the class
 * is not known, and contributes 0 to both terms. Means are over all examples, so with half of the classes unknown both are at most half of what they
 * are on the others. No log-det is computed.
 *
 * @throws ArgumentError for anything but a classifier in use; from `train`, for data without targets.
 */
export function minimumCrossEntropy(classifier: Classifier): Objective<ClassificationTerm> {
  checkClassifier("minimumCrossEntropy", classifier);
  const { features, head, classes } = classifier;
  return Object.freeze({
    name: "minimumCrossEntropy",
    config: {},
    parameters: classifier.parameters,
    state: classifier.state,
    refresh: (options) => classifier.refresh(options),
    architecture: () => readJson("minimumCrossEntropy: architecture", classifierArchitecture(classifier)),
    trunk: features,
    trunkKey: "features",
    weights: { crossEntropy: 1, accuracy: 0 },
    terms(z, { call, target }) {
      const logits = head.logits(z, childCall(call, "head"));
      return { crossEntropy: crossEntropy(logits, target!), accuracy: correct(logits, target!) };
    },
    start: async (z, call) => head.starter?.start(z, childCall(call, "head")),
    checkData: (where, data) => checkClassTargets(where, data, classes),
  } satisfies Objective<ClassificationTerm>);
}

/**
 * Checks that a data set has a row of class probabilities for every example.
 *
 * @throws ArgumentError naming the first example whose row is none.
 */
export function checkClassTargets(where: string, { target }: ExampleSet, classes: number): void {
  if (target === undefined)
    fail(`${where}.target`, "one-hot rows, as made by oneHot(labels, classes)", "none");
  const { values, shape } = target;
  if (shape.length !== 1 || shape[0] !== classes)
    fail(`${where}.target.shape`, `[${classes}], a number for each class`, `[${shape.join(", ")}]`);
  for (let start = 0; start < values.length; start += classes) {
    const row = Array.from(values.subarray(start, start + classes));
    const total = row.reduce((sum, value) => sum + value, 0);
    // A sum of float32 probabilities may miss 1 by its rounding.
    if (row.some((value) => !(value >= 0)) || (total !== 0 && Math.abs(total - 1) > 1e-4))
      fail(
        `${where}.target of example ${start / classes}`,
        "probabilities that add up to 1, or zeros where the class is not known",
        row.join(", "),
      );
  }
}
