import type { Bijection } from "@invertible/bijection";
import { classifier, oneHot } from "@invertible/classifier";
import { disposeModel } from "@invertible/flow";
import type { Random } from "@invertible/ops";
import { adam, evaluateClassifier, minimumCrossEntropy, train } from "@invertible/trainer";
import type { ExampleSet } from "@invertible/trainer";
import type { Images } from "../data/load-images.ts";

export interface TrainClassifierOptions {
  readonly bijection: Bijection;
  /** Real-valued images with their classes. */
  readonly images: Images;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly random: Random;
  /** Called after every step. The next one waits for it. */
  readonly onStep: (step: number, loss: number) => void | Promise<void>;
  readonly signal: AbortSignal;
}

/** A network with a head that names the class of an image. */
export interface TrainedClassifier {
  /** How many of the images get another class than theirs, as a fraction. */
  errorRate(images: Images): Promise<number>;
  /** Frees the head. The network is the caller's. */
  dispose(): void;
}

const classes = 10;

/**
 * Trains a network as a classifier, as the networks of the published inversion figure were: minimum cross entropy, by Adam. Unlike
 * training by likelihood, this needs no log-det, so a network whose norms are free can be trained in the same way.
 *
 * @throws the reason of the signal, where the user wants to stop
 */
export async function trainClassifier(options: TrainClassifierOptions): Promise<TrainedClassifier> {
  const { bijection, images, steps, batchSize, learningRate, random, onStep, signal } = options;
  const model = classifier({ features: bijection, classes, random: random.fold("head") });
  const dispose = () => disposeModel(model.head);
  try {
    const events = train({
      ...{ objective: minimumCrossEntropy(model), data: examplesOf(images), batchSize, steps },
      ...{ optimizer: adam({ learningRate }), random, signal },
    });
    for await (const event of events) if (event.kind === "step") await onStep(event.step, event.loss);
    signal.throwIfAborted();
    await model.refresh({ tolerance: 1e-3 });
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    async errorRate(tested) {
      const { accuracy } = await evaluateClassifier({ classifier: model, data: examplesOf(tested), signal });
      return 1 - accuracy;
    },
    dispose,
  };
}

function examplesOf({ values, shape, count, labels }: Images): ExampleSet {
  return { values, shape, count, target: oneHot(labels, classes) };
}
