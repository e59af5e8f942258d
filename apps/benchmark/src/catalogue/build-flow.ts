import type { Flow } from "@invertible/flow";
import { imageGlow, imageIResNet, vectorGlow, vectorIResNet } from "@invertible/models";
import type { Random, Shape } from "@invertible/ops";
import type { ImageIResNetSettings, Workload } from "../workload.ts";
import type { ModelName } from "./names.ts";

/**
 * A model of a workload, with fresh parameters.
 * @param inputShape of one example: [2], or [height, width, channels]
 */
export function buildFlow(workload: Workload, model: ModelName, inputShape: Shape, random: Random): Flow {
  if (workload.kind === "plane") {
    const [features = 2] = inputShape;
    const { models } = workload;
    return model === "glow"
      ? vectorGlow({ features, random, ...models.glow.architecture })
      : vectorIResNet({ features, random, ...models["i-resnet"].architecture });
  }
  const { models } = workload;
  return model === "glow"
    ? imageGlow({ inputShape, random, ...models.glow.architecture })
    : imageIResNet({ inputShape, random, ...withSeries(models["i-resnet"].architecture) });
}

function withSeries({ trainingTerms, evaluationTerms, probes, ...architecture }: ImageIResNetSettings) {
  return { ...architecture, logDet: { trainingTerms, evaluationTerms, probes } };
}
