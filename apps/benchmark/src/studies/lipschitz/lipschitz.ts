import { dispose, tensor } from "@invertible/ops";
import { centred, firstImages } from "../data/load-images.ts";
import type { Images } from "../data/load-images.ts";
import type { ResidualNetwork } from "../networks/residual-network.ts";
import { withClassifier } from "../networks/with-classifier.ts";
import type { ClassifierPlan } from "../networks/with-classifier.ts";
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
  context: StudyContext,
  size: LipschitzSize = usual,
): Promise<LipschitzNumbers> {
  const { images, steps = defaultSteps, random } = context;
  const shown = firstImages(centred(images.test, random.fold("test noise")), size.images);
  const points: LipschitzPoint[] = [];
  const every = Math.max(1, Math.ceil(steps / size.points));
  const plan: ClassifierPlan = {
    ...size,
    steps,
    async onStep(network, step) {
      if (step === 1 || step === steps || step % every === 0)
        points.push({ step, blocks: await constantsOf(network, shown, random.fold("directions")) });
    },
  };
  await withClassifier(context, plan, async () => {});
  return { data: images.title, steps, architecture: size, points };
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
