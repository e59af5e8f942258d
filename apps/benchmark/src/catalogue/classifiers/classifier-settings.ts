import type { DataKind } from "../data-kind.ts";
import type { ModelSize, TrainingSettings } from "../model-entry.ts";

/** How classifiers are trained. They share one rate, because they are the same network with other limits. */
export function classifierTraining(_kind: DataKind, { name }: ModelSize): TrainingSettings {
  return name === "small"
    ? { optimizer: "adam", steps: 300, learningRate: 5e-3, finalRate: 0.01, checkpointEvery: 100 }
    : { optimizer: "adam", steps: 3000, learningRate: 5e-3, finalRate: 0.01, checkpointEvery: 200 };
}
