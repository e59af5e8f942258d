import { checkBijection } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { checkOptions, fail } from "@invertible/errors";
import type { Random } from "@invertible/ops";
import { checkClasses } from "./check-classes.ts";
import { createClassifier } from "./create-classifier.ts";
import type { Classifier } from "./create-classifier.ts";
import { denseHead } from "./heads/dense-head.ts";
import { pooledHead } from "./heads/pooled-head.ts";

/** Options of `classifier`. */
export interface ClassifierOptions {
  /** The map from data to features. Its output is [H, W, C] or [features]. */
  readonly features: Bijection;
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Key for the initial weights of the head. */
  readonly random: Random;
}

/**
 * Makes a classifier with the usual head: `pooledHead` on features of shape [H, W, C], and `denseHead` on vectors.
 *
 * @throws ArgumentError for features of another shape, which need a head of your own with `createClassifier`.
 */
export function classifier(options: ClassifierOptions): Classifier {
  checkOptions("classifier", options, { features: "required", classes: "required", random: "required" });
  const { features, classes, random } = options;
  checkBijection("classifier.features", features);
  checkClasses("classifier.classes", classes);
  const inputShape = features.outputShape;
  const rank = inputShape.length;
  if (rank !== 1 && rank !== 3)
    fail(
      "classifier.features",
      "an output of shape [features] or [H, W, C]; createClassifier takes a head for others",
      inputShape,
    );
  const makeHead = rank === 3 ? pooledHead : denseHead;
  return createClassifier({ features, head: makeHead({ inputShape, classes, random }) });
}
