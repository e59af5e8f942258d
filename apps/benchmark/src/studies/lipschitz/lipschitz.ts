import { disposeBijection } from "@invertible/bijection";
import { dispose, tensor } from "@invertible/ops";
import { centred, firstImages } from "../data/load-images.ts";
import type { Images } from "../data/load-images.ts";
import { residualNetwork } from "../networks/residual-network.ts";
import type { ResidualNetwork } from "../networks/residual-network.ts";
import { trainClassifier } from "../networks/train-classifier.ts";
import { defineStudy } from "../study.ts";
import type { StudyContext } from "../study.ts";
import { drawLipschitz } from "./draw-lipschitz.ts";
import { largestStretch } from "./largest-stretch.ts";
import type { LipschitzNumbers, LipschitzPoint, LipschitzSize } from "./lipschitz-numbers.ts";

const usual: LipschitzSize = {
  blocksPerScale: [2, 2],
  hiddenChannels: 16,
  coefficient: 0.9,
  images: 16,
  points: 15,
};
const defaultSteps = 300;

export async function lipschitzNumbers(
  { images, steps = defaultSteps, random, signal, say }: StudyContext,
  size: LipschitzSize = usual,
): Promise<LipschitzNumbers> {
  const { coefficient, blocksPerScale, hiddenChannels } = size;
  const train = centred(images.train, random.fold("train noise"));
  const shown = firstImages(centred(images.test, random.fold("test noise")), size.images);
  const network = residualNetwork({
    ...{ inputShape: train.shape, firstSqueezed: true, coefficient, random: random.fold("start") },
    ...{ blocksPerScale, hiddenChannels },
  });
  const points: LipschitzPoint[] = [];
  const every = Math.max(1, Math.ceil(steps / size.points));
  try {
    const classifier = await trainClassifier({
      ...{ bijection: network.bijection, images: train, steps, batchSize: 64, learningRate: 1e-2 },
      ...{ random: random.fold("training"), signal },
      async onStep(step, loss) {
        if (step !== 1 && step !== steps && step % every !== 0) return;
        say(`step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
        points.push({ step, blocks: await constantsOf(network, shown, random.fold("directions")) });
      },
    });
    classifier.dispose();
    return { data: images.title, steps, architecture: size, points };
  } finally {
    disposeBijection(network.bijection);
  }
}

/** Of every block, at the inputs that the images give it. */
async function constantsOf(
  { steps }: ResidualNetwork,
  images: Images,
  random: StudyContext["random"],
): Promise<LipschitzPoint["blocks"]> {
  const blocks: { certified: number; measured: number }[] = [];
  let x = tensor(images.values, [images.count, ...images.shape]);
  for (const { layer, branch } of steps) {
    if (branch)
      blocks.push({
        certified: (await branch.certify()).lipschitz,
        measured: await largestStretch(branch, x, random.fold(blocks.length)),
      });
    const y = layer.forward(x);
    dispose(x);
    x = y;
  }
  dispose(x);
  return blocks;
}

export const lipschitz = defineStudy({
  measure: (context) => lipschitzNumbers(context),
  draw: drawLipschitz,
});
