import { add, matMul, newVariable } from "@invertible/ops";
import type { NamedVariables, Random, Shape, Tensor } from "@invertible/ops";

/** The last layer of a head. */
export interface LinearReadout {
  /** "weight" [features, classes] and "bias" [classes]. */
  readonly parameters: NamedVariables;
  /** Maps v [B, features] to logits [B, classes]. */
  apply(v: Tensor): Tensor;
}

/**
 * Makes the map v -> v W + b. W and b start as those of PyTorch's linear layers do, uniform on +-1/sqrt(features). Nothing
 * bounds their norm, because nothing has to be inverted behind the features.
 */
export function linearReadout(features: number, classes: number, random: Random): LinearReadout {
  const limit = 1 / Math.sqrt(features);
  const uniform = (name: string, shape: Shape) =>
    newVariable(shape, () => random.fold(name).uniform(shape, -limit, limit));
  const weight = uniform("weight", [features, classes]);
  const bias = uniform("bias", [classes]);
  return { parameters: { weight, bias }, apply: (v) => add(matMul(v, weight), bias) };
}
