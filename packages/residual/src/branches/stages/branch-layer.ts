import { newVariable } from "@invertible/ops";
import type { Random, Variable } from "@invertible/ops";
import { kaimingUniform } from "@invertible/spectral-norm";
import type { LipschitzOperator } from "@invertible/spectral-norm";

/** One layer of a branch: its operator, and what is added to the operator's result. */
export interface BranchLayer {
  readonly operator: LipschitzOperator;
  /** [channels], added on the last axis. */
  readonly bias: Variable;
  /** V [conditionFeatures, channels]: the bias of an example with condition c is bias + c V. */
  readonly conditionWeight?: Variable;
}

export interface NewLayer {
  readonly operator: LipschitzOperator;
  /** Numbers that one number of the operator's result is made of. */
  readonly fanIn: number;
  readonly conditionFeatures: number;
  readonly random: Random;
}

/** The operator with biases that start Kaiming-uniform, as its weights do. */
export function newLayer({ operator, fanIn, conditionFeatures, random }: NewLayer): BranchLayer {
  const channels = operator.outputShape.at(-1)!;
  const uniform = (key: string, shape: number[], terms: number) =>
    newVariable(shape, () => kaimingUniform(random.fold(key), shape, terms));
  const bias = uniform("bias", [channels], fanIn);
  if (conditionFeatures === 0) return { operator, bias };
  const conditionWeight = uniform("condition", [conditionFeatures, channels], conditionFeatures);
  return { operator, bias, conditionWeight };
}
