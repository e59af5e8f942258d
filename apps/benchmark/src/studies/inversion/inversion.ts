import { disposeBijection } from "@invertible/bijection";
import { centred, firstImages } from "../data/load-images.ts";
import { residualNetwork } from "../networks/residual-network.ts";
import { trainClassifier } from "../networks/train-classifier.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { drawInversion } from "./draw-inversion.ts";
import type { InversionNumbers, InversionSize, InvertedNetwork } from "./inversion-numbers.ts";
import { measureInversion } from "./measure-inversion.ts";

const usual: InversionSize = {
  blocksPerScale: [2, 2],
  hiddenChannels: 16,
  coefficients: [0.5, 0.7, 0.9],
  counts: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50],
  invertedImages: 16,
};
const defaultSteps = 300;

export async function inversionNumbers(
  { images, steps = defaultSteps, random, signal, say }: StudyContext,
  size: InversionSize = usual,
): Promise<InversionNumbers> {
  const train = centred(images.train, random.fold("train noise"));
  const test = centred(images.test, random.fold("test noise"));
  const training = { steps, batchSize: 64, learningRate: 1e-2 };
  const networks: InvertedNetwork[] = [];
  for (const coefficient of [...size.coefficients, "none"] as const) {
    const title = coefficient === "none" ? "without a limit" : `c = ${coefficient}`;
    const network = residualNetwork({
      ...{ inputShape: train.shape, firstSqueezed: true, coefficient, random: random.fold("start") },
      ...{ blocksPerScale: size.blocksPerScale, hiddenChannels: size.hiddenChannels },
    });
    try {
      let finalLoss = NaN;
      const classifier = await trainClassifier({
        ...{
          bijection: network.bijection,
          images: train,
          ...training,
          random: random.fold("training"),
          signal,
        },
        onStep(step, loss) {
          finalLoss = loss;
          if (step % 50 === 0) say(`${title}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
        },
      });
      const errorRate = await classifier.errorRate(test).finally(() => classifier.dispose());
      say(`${title}: inverting`);
      const inverted = await measureInversion(
        network,
        firstImages(test, size.invertedImages),
        coefficient === "none" ? ["banach"] : ["banach", "anderson"],
        size.counts,
        signal,
      );
      networks.push({
        coefficient: coefficient === "none" ? null : coefficient,
        finalLoss,
        errorRate,
        ...inverted,
      });
    } finally {
      disposeBijection(network.bijection);
    }
  }
  return {
    data: images.title,
    training,
    architecture: size,
    images: Math.min(size.invertedImages, test.count),
    networks,
  };
}

export const inversion = defineStudy({
  measure: (context) => inversionNumbers(context),
  draw: drawInversion,
});
