import type { Classifier } from "@invertible/classifier";
import type { Flow } from "@invertible/flow";
import { sizeOf } from "@invertible/ops";
import type { NamedVariables, Variable } from "@invertible/ops";
import { maximumLikelihood, minimumCrossEntropy } from "@invertible/trainer";
import type { BuiltModel } from "../catalogue/model-entry.ts";
import type { TrainingStage } from "../catalogue/training-stage.ts";

/** The variables of a model, each once, although a flow and a classifier may share them. */
export function variablesOf(model: BuiltModel): {
  readonly parameters: NamedVariables;
  readonly state: NamedVariables;
} {
  const parts = [
    ...("flow" in model ? [model.flow] : []),
    ...("classifier" in model ? [model.classifier] : []),
  ];
  const together = (of: "parameters" | "state") => {
    const names = new Map<Variable, string>();
    for (const { [of]: variables } of parts)
      for (const [name, variable] of Object.entries(variables))
        if (!names.has(variable)) names.set(variable, name);
    return Object.fromEntries([...names].map(([variable, name]) => [name, variable]));
  };
  return { parameters: together("parameters"), state: together("state") };
}

/** Number of elements of one example. */
export function dimensionOf(model: BuiltModel): number {
  return sizeOf(("flow" in model ? model.flow.bijection : model.classifier.features).inputShape);
}

/**
 * How a model is trained: in one stage, unless it says otherwise.
 *
 * @throws RangeError for stages of the same name, whose checkpoints would be one, and for shares that do not add up to 1.
 */
export function stagesOf(model: BuiltModel): readonly TrainingStage[] {
  if ("stages" in model && model.stages) {
    const names = model.stages.map(({ name }) => name);
    const total = model.stages.reduce((sum, { share }) => sum + share, 0);
    if (new Set(names).size < names.length)
      throw new RangeError(`stages: expected different names, received ${names.join(", ")}`);
    if (!(Math.abs(total - 1) < 1e-6))
      throw new RangeError(`stages: expected shares that add up to 1, received ${total}`);
    return model.stages;
  }
  const objective = "flow" in model ? maximumLikelihood(model.flow) : minimumCrossEntropy(model.classifier);
  return [{ name: "training", objective, share: 1 }];
}

/** @throws RangeError for a classifier, which has no density: only tasks about densities measure one. */
export function flowOf(model: BuiltModel): Flow {
  if ("flow" in model) return model.flow;
  throw new RangeError("flowOf: expected a model for density estimation, received a classifier");
}

/** @throws RangeError for a flow: only tasks about classes measure them. */
export function classifierOf(model: BuiltModel): Classifier {
  if ("classifier" in model) return model.classifier;
  throw new RangeError("classifierOf: expected a classifier, received a model for density estimation");
}
