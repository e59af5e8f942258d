import { disposeBijection } from "@invertible/bijection";
import { centred } from "../data/load-images.ts";
import type { StudyContext } from "../study.ts";
import { residualNetwork } from "./residual-network.ts";
import type { ResidualNetwork, ResidualNetworkOptions } from "./residual-network.ts";
import { trainClassifier } from "./train-classifier.ts";

/** How the residual classifiers of the figures are trained. */
export const classifierTraining = { batchSize: 64, learningRate: 1e-2 } as const;

/** What is built, and how long it is trained. */
export interface ClassifierPlan extends Pick<
  ResidualNetworkOptions,
  "blocksPerScale" | "hiddenChannels" | "coefficient"
> {
  readonly steps: number;
  /** Called after every step. The next one waits for it. */
  readonly onStep?: (network: ResidualNetwork, step: number, loss: number) => void | Promise<void>;
}

/** What training gave. */
export interface ClassifierFacts {
  readonly finalLoss: number;
  /** Fraction of held-out images that get another class than theirs. */
  readonly errorRate: number;
}

/**
 * Trains a residual network as a classifier of the study's images, and uses it before it is disposed of. Equal contexts give equal
 * starts and batches, whatever the coefficient.
 */
export async function withClassifier<Answer>(
  { images, random, signal, say }: StudyContext,
  { coefficient, blocksPerScale, hiddenChannels, steps, onStep }: ClassifierPlan,
  use: (network: ResidualNetwork, facts: ClassifierFacts) => Promise<Answer>,
): Promise<Answer> {
  const train = centred(images.train, random.fold("train noise"));
  const title = coefficient === "none" ? "without a limit" : `c = ${coefficient}`;
  const network = residualNetwork({
    ...{ inputShape: train.shape, firstSqueezed: true, coefficient, random: random.fold("start") },
    ...{ blocksPerScale, hiddenChannels },
  });
  try {
    let finalLoss = NaN;
    const classifier = await trainClassifier({
      ...{ bijection: network.bijection, images: train, steps, ...classifierTraining },
      ...{ random: random.fold("training"), signal },
      async onStep(step, loss) {
        finalLoss = loss;
        if (step % 50 === 0) say(`${title}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
        await onStep?.(network, step, loss);
      },
    });
    const test = centred(images.test, random.fold("test noise"));
    const errorRate = await classifier.errorRate(test).finally(() => classifier.dispose());
    return await use(network, { finalLoss, errorRate });
  } finally {
    disposeBijection(network.bijection);
  }
}
