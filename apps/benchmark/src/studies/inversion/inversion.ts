import { centred, firstImages } from "../data/load-images.ts";
import { classifierTraining, withClassifier } from "../networks/with-classifier.ts";
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
  context: StudyContext,
  size: InversionSize = usual,
): Promise<InversionNumbers> {
  const { images, steps = defaultSteps, random, signal, say } = context;
  const test = centred(images.test, random.fold("test noise"));
  const networks: InvertedNetwork[] = [];
  for (const coefficient of [...size.coefficients, "none"] as const)
    networks.push(
      await withClassifier(context, { ...size, coefficient, steps }, async (network, facts) => {
        say("inverting");
        const inverted = await measureInversion(
          network,
          firstImages(test, size.invertedImages),
          coefficient === "none" ? ["banach"] : ["banach", "anderson"],
          size.counts,
          signal,
        );
        return { coefficient: coefficient === "none" ? null : coefficient, ...facts, ...inverted };
      }),
    );
  return {
    data: images.title,
    training: { steps, ...classifierTraining },
    architecture: size,
    images: Math.min(size.invertedImages, test.count),
    networks,
  };
}

export const inversion = defineStudy({
  measure: (context) => inversionNumbers(context),
  draw: drawInversion,
});
