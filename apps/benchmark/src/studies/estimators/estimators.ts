import { disposeFlow } from "@invertible/flow";
import { centred, crops, firstImages } from "../data/load-images.ts";
import { residualNetwork } from "../networks/residual-network.ts";
import { pixelFlow, trainDensity } from "../networks/train-density.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { drawEstimators } from "./draw-estimators.ts";
import type { EstimatorsNumbers, EstimatorsSize } from "./estimators-numbers.ts";
import { measureEstimators } from "./measure-estimators.ts";

const usual: EstimatorsSize = {
  ...{ side: 8, blocks: 4, hiddenChannels: 16, coefficient: 0.9 },
  ...{ measuredImages: 16, repeats: 200 },
};
const defaultSteps = 300;

export async function estimatorsNumbers(
  { images, steps = defaultSteps, random, engine, signal, say }: StudyContext,
  size: EstimatorsSize = usual,
): Promise<EstimatorsNumbers> {
  const { side, blocks, hiddenChannels, coefficient, measuredImages, repeats } = size;
  const train = crops(images.train, side, random.fold("train crops"));
  const test = crops(images.test, side, random.fold("test crops"));
  const training = { steps, batchSize: 64, learningRate: 5e-3 };
  const network = residualNetwork({
    ...{ inputShape: train.shape, blocksPerScale: [blocks], firstSqueezed: false, hiddenChannels },
    ...{ coefficient, random: random.fold("start") },
  });
  const flow = pixelFlow(network.bijection);
  try {
    const bitsPerDim = await trainDensity({
      ...{ flow, images: train, ...training, random: random.fold("training"), engine, signal, say },
      title: `c = ${coefficient}`,
    });
    const measured = centred(firstImages(test, measuredImages), random.fold("noise"));
    const estimators = await measureEstimators(
      network,
      measured,
      repeats,
      random.fold("estimates"),
      say,
      signal,
    );
    return { data: images.title, training, size, bitsPerDim, estimators };
  } finally {
    disposeFlow(flow);
  }
}

export const estimators = defineStudy({
  measure: (context) => estimatorsNumbers(context),
  draw: drawEstimators,
});
