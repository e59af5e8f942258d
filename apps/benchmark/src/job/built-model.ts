import type { Classifier } from "@invertible/classifier";
import type { Flow } from "@invertible/flow";
import { sizeOf } from "@invertible/ops";
import type { BuiltModel } from "../catalogue/model-entry.ts";

/** What has the variables of a model. */
export function variablesOf(model: BuiltModel): Flow | Classifier {
  return "flow" in model ? model.flow : model.classifier;
}

/** Number of elements of one example. */
export function dimensionOf(model: BuiltModel): number {
  return sizeOf(("flow" in model ? model.flow.bijection : model.classifier.features).inputShape);
}

/** @throws RangeError for a classifier, which has no density: only the task density measures one. */
export function flowOf(model: BuiltModel): Flow {
  if ("flow" in model) return model.flow;
  throw new RangeError("flowOf: expected a model for density estimation, received a classifier");
}

/** @throws RangeError for a flow: only the task classification measures classes. */
export function classifierOf(model: BuiltModel): Classifier {
  if ("classifier" in model) return model.classifier;
  throw new RangeError("classifierOf: expected a classifier, received a model for density estimation");
}
