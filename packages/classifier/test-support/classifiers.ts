import { chain } from "@invertible/bijection";
import type { Bijection } from "@invertible/bijection";
import { actNorm, squeeze } from "@invertible/layers";
import { powerSeries } from "@invertible/log-det";
import { createRandom, tensor, tidy } from "@invertible/ops";
import type { NamedVariables } from "@invertible/ops";
import { bottleneckBranch, residualBlock } from "@invertible/residual";
import { classifier } from "../src/index.ts";
import type { Classifier } from "../src/index.ts";

/** A small i-ResNet from [4, 4, 1] to [2, 2, 4]. */
export function exampleFeatures(seed: number): Bijection {
  const inputShape = [2, 2, 4];
  const branch = bottleneckBranch({
    inputShape,
    hidden: 6,
    activation: "elu",
    coefficient: 0.8,
    preactivation: false,
    random: createRandom(seed).fold("branch"),
  });
  return chain([
    squeeze({ inputShape: [4, 4, 1] }),
    actNorm({ inputShape }),
    residualBlock({ branch, logDet: powerSeries({ terms: 3 }) }),
  ]);
}

/** A classifier of [4, 4, 1] images into 3 classes, with the head of the paper. */
export function exampleClassifier(seed: number): Classifier {
  return classifier({ features: exampleFeatures(seed), classes: 3, random: createRandom(seed).fold("head") });
}

/** Sets variables by name. */
export function assign(variables: NamedVariables, values: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, list] of Object.entries(values)) {
    const variable = variables[name]!;
    tidy(() => variable.assign(tensor([...list], variable.shape)));
  }
}
