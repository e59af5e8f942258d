import { disposeFlow } from "@invertible/flow";
import type { Flow } from "@invertible/flow";
import { parameterCount } from "@invertible/models";
import { glow } from "../../catalogue/models/glow.ts";
import { iResnet } from "../../catalogue/models/i-resnet.ts";
import type { ModelSize } from "../../catalogue/model-entry.ts";
import { quick } from "../../presets/quick.ts";
import { trainDensity } from "../networks/train-density.ts";
import { flowOf } from "../../job/built-model.ts";
import type { StudyContext } from "../study.ts";

/** The two models, as the preset "quick" trains them on images. */
const entries = [glow, iResnet];
const { batchSize, size: usualSize } = quick.workloads.image!;

/** What the page says of a model. */
export interface ModelFacts {
  readonly title: string;
  readonly parameters: number;
  readonly steps: number;
  /** Of the last training steps. */
  readonly bitsPerDim: number;
}

/**
 * Trains Glow and then the i-ResNet, and asks each of them.
 *
 * @param ask what to compute from a trained model, before it is disposed of
 */
export async function askModels<Answer>(
  { images, steps: given, random, engine, signal, say }: StudyContext,
  size: ModelSize = usualSize,
  ask: (flow: Flow) => Promise<Answer>,
): Promise<(ModelFacts & Answer)[]> {
  const answers: (ModelFacts & Answer)[] = [];
  const { shape } = images.train;
  for (const { name, title, build, training } of entries) {
    const { steps: own, learningRate } = training("image", size);
    const steps = given ?? own;
    const flow = flowOf(await build({ kind: "image", shape, size, random: random.fold("start").fold(name) }));
    try {
      const bitsPerDim = await trainDensity({
        ...{ flow, images: images.train, steps, batchSize, learningRate, title },
        ...{ random: random.fold("training"), engine, signal, say },
      });
      answers.push({ title, parameters: parameterCount(flow), steps, bitsPerDim, ...(await ask(flow)) });
    } finally {
      disposeFlow(flow);
    }
  }
  return answers;
}

/** How exactly iterative layers are inverted: a thousandth of what one level of a pixel is, after a logit. */
export const solving = { tolerance: 1e-3, onCap: "return" } as const;
