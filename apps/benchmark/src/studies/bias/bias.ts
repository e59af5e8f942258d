import { disposeFlow } from "@invertible/flow";
import { centred, crops, firstImages } from "../data/load-images.ts";
import { residualNetwork } from "../networks/residual-network.ts";
import { pixelFlow, trainDensity } from "../networks/train-density.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import type { BiasNumbers, BiasSize } from "./bias-numbers.ts";
import { drawBias } from "./draw-bias.ts";
import { measureBias } from "./measure-bias.ts";

const usual: BiasSize = {
  ...{ side: 8, blocks: 4, hiddenChannels: 16, coefficients: [0.5, 0.7, 0.9, 0.98] },
  ...{ terms: 20, probes: [1, 10, 100], measuredImages: 16 },
};
const defaultSteps = 300;

export async function biasNumbers(
  { images, steps = defaultSteps, random, engine, signal, say }: StudyContext,
  size: BiasSize = usual,
): Promise<BiasNumbers> {
  const { side, blocks, hiddenChannels, coefficients, terms, probes, measuredImages } = size;
  const train = crops(images.train, side, random.fold("train crops"));
  const test = crops(images.test, side, random.fold("test crops"));
  const measured = centred(firstImages(test, measuredImages), random.fold("noise"));
  const training = { steps, batchSize: 64, learningRate: 5e-3 };
  const networks: BiasNumbers["networks"][number][] = [];
  for (const coefficient of coefficients) {
    const network = residualNetwork({
      ...{ inputShape: train.shape, blocksPerScale: [blocks], firstSqueezed: false, hiddenChannels },
      ...{ coefficient, random: random.fold("start") },
    });
    const flow = pixelFlow(network.bijection);
    try {
      const title = `c = ${coefficient}`;
      const bitsPerDim = await trainDensity({
        ...{ flow, images: train, ...training, random: random.fold("training"), engine, signal, say, title },
      });
      say(`${title}: comparing log-dets`);
      const curve = await measureBias({
        ...{ network, images: measured, terms, probes, random: random.fold("probes"), signal },
      });
      networks.push({ coefficient, bitsPerDim, ...curve });
    } finally {
      disposeFlow(flow);
    }
  }
  return { data: images.title, training, size, networks };
}

export const bias = defineStudy({ measure: (context) => biasNumbers(context), draw: drawBias });
