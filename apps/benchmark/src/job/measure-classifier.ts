import type { Random } from "@invertible/ops";
import { evaluateClassifier, measureReconstruction } from "@invertible/trainer";
import type { ClassifierEvaluation } from "@invertible/trainer";
import type { LoadedData } from "../catalogue/dataset-entry.ts";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { Workload } from "../presets/preset.ts";
import { classifierOf } from "./built-model.ts";
import { firstExamples } from "./examples.ts";

/** How often a classifier is right. */
export type Classified = Pick<ClassifierEvaluation, "accuracy" | "interval" | "count">;

/**
 * The inverse of a classifier whose constraints are enforced: what its certificate says, and what was measured of every test image.
 */
export interface GuaranteedInverse {
  /** The classes after `enforce`, which makes the norms small enough to be proven. */
  readonly classified: Classified;
  /** The proven Lipschitz constant of the inverse of the features; null where nothing is proven. */
  readonly magnifies: number | null;
  /** Largest error of a reconstructed image: Euclidean norm, in units of pixels. Null where one is not finite. */
  readonly largestError: number | null;
  /** What iterations may leave of an error: null where the inverse is a formula, which iterates nothing. */
  readonly bounds: {
    /** The largest certified bound of an image's error; null where there is none. */
    readonly largest: number | null;
    /** How many images are farther off than their own bound. */
    readonly exceeded: number;
  } | null;
  readonly examples: number;
}

/** What is measured, and on what. */
export interface ClassifierToMeasure {
  readonly model: BuiltModel;
  readonly data: LoadedData;
  readonly workload: Workload;
  readonly random: Random;
  readonly signal: AbortSignal;
}

type Say = (phase: string, done: number, total: number) => void;

/** Classifies the test images. */
export async function classify(
  { model, data, workload, random, signal }: ClassifierToMeasure,
  say: Say,
): Promise<Classified> {
  const { accuracy, interval, count } = await evaluateClassifier({
    classifier: classifierOf(model),
    data: data.test,
    batchSize: workload.evaluation.batchSize,
    // Networks that also model a density begin with noise between the levels of pixels.
    random: random.fold("classes"),
    signal,
    onProgress: (done, all) => say("classifying", done, all),
  });
  return { accuracy, interval, count };
}

/**
 * Enforces the constraints of a classifier, certifies it, and reconstructs the test images from their features. It changes the weights, so
 * everything about the network as it was trained has to be measured before.
 */
export async function guarantee(given: ClassifierToMeasure, say: Say): Promise<GuaranteedInverse | null> {
  const { model, data, workload, random, signal } = given;
  const classifier = classifierOf(model);
  const { features } = classifier;
  if (features.traits.inverse === "none") return null;
  const { evaluation } = workload;
  say("proving bounds", 0, 1);
  await classifier.enforce();
  const { inverse } = await classifier.certify();
  const iterates = features.traits.inverse === "iterative";
  const classified = await classify(given, say);
  say("reconstructing", 0, 1);
  const { examples } = await measureReconstruction({
    bijection: features,
    data: firstExamples(data.test, evaluation.reconstructions),
    random: random.fold("reconstruction"),
    batchSize: evaluation.batchSize,
    errorBounds: iterates ? "certified" : "none",
    onCap: "return",
    signal,
  });
  return {
    classified,
    magnifies: finite(inverse),
    largestError: finite(examples.reduce((largest, { error }) => Math.max(largest, error), 0)),
    bounds: iterates
      ? {
          largest: finite(examples.reduce((largest, { errorBound }) => Math.max(largest, errorBound!), 0)),
          exceeded: examples.filter(({ error, errorBound }) => !(error <= errorBound!)).length,
        }
      : null,
    examples: examples.length,
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
