import { tidy, variable } from "@invertible/ops";
import type { Random, Variable } from "@invertible/ops";
import { kaimingUniform } from "@invertible/spectral-norm";
import type { LipschitzOperator } from "@invertible/spectral-norm";

/** One layer of a branch: a bounded operator, and what is added to its result. */
export interface BranchLayer {
  /** The bounded linear map. */
  readonly operator: LipschitzOperator;
  /** The bias [channels], added along the last axis. */
  readonly bias: Variable;
  /** The matrix V [conditionFeatures, channels]. The bias of an example with condition c is bias + c V. */
  readonly conditionWeight?: Variable;
}

/** What `newLayer` builds a layer from. */
export interface NewLayer {
  /** The bounded linear map. */
  readonly operator: LipschitzOperator;
  /** How many numbers contribute to one number of the operator's result. It sets the scale of the initial bias. */
  readonly fanIn: number;
  /** Numbers per example in the condition; 0 without one. */
  readonly conditionFeatures: number;
  /** Key for the initial biases. */
  readonly random: Random;
}

/** Makes a layer of an operator. Its biases start Kaiming-uniform, as its weights do. */
export function newLayer({ operator, fanIn, conditionFeatures, random }: NewLayer): BranchLayer {
  const channels = operator.outputShape.at(-1)!;
  const uniform = (key: string, shape: number[], terms: number) =>
    tidy(() => variable(kaimingUniform(random.fold(key), shape, terms)));
  const bias = uniform("bias", [channels], fanIn);
  if (conditionFeatures === 0) return { operator, bias };
  const conditionWeight = uniform("condition", [conditionFeatures, channels], conditionFeatures);
  return { operator, bias, conditionWeight };
}
