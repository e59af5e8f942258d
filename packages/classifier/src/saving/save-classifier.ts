import { describeLayer } from "@invertible/bijection";
import { saveModel } from "@invertible/flow";
import { checkClassifier } from "../create-classifier.ts";
import type { Classifier } from "../create-classifier.ts";
import { format } from "./classifier-format.ts";

/**
 * Writes a classifier as one safetensors file, as `saveFlow` writes a flow. It holds every parameter and state variable under its
 * name. The metadata hold `format`, `formatVersion`, and `architecture`, the JSON from which `loadClassifier` rebuilds features and
 * head. If `certify()` proves anything about the features, they also hold its result under `certificate`. Equal classifiers give equal bytes
 * on one backend.
 *
 * The values are those at the moment of the call, even if a training step runs meanwhile; there is then no certificate. What is
 * saved can be loaded.
 *
 * @throws NonFiniteError naming the first variable that holds NaN or infinity.
 * @throws ArgumentError for a classifier beyond the limits of `loadClassifier`, or with a configuration that is no JSON, such as NaN.
 */
export async function saveClassifier(classifier: Classifier): Promise<Uint8Array> {
  checkClassifier("saveClassifier", classifier);
  return saveModel(classifier, { where: "saveClassifier", format, architecture: describe(classifier) });
}

/** The JSON text from which `loadClassifier` rebuilds a classifier, without the values of its variables. */
export function classifierArchitecture(classifier: Classifier): string {
  return JSON.stringify(describe(classifier));
}

function describe({ features, head }: Classifier) {
  return { features: describeLayer(features), head: { head: head.name, config: head.config } };
}
