import { fitWidth } from "../fit-width.ts";
import type {
  BuildRequest,
  BuiltClassifier,
  BuiltHybrid,
  ModelEntry,
  TrainingSettings,
} from "../model-entry.ts";
import type { TrainingStage } from "../training-stage.ts";

const shared = {
  paper:
    "Izmailov, Kirichenko, Finzi, Wilson (2020), Semi-Supervised Learning with Normalizing Flows, arXiv:1912.13025",
  kinds: ["image"],
  tasks: ["few-labels"],
  published: [],
} as const;

const training = (steps: number) => (): TrainingSettings => ({
  ...{ optimizer: "adam", steps, learningRate: 4e-3, finalRate: 0.02, checkpointEvery: 200 },
});

/** Steps of each stage. */
const [densitySteps, classSteps] = [400, 200];
/** Which share of the images without a label get one in each round of self-training. */
const rounds = [0.3, 0.6, 0.8, 1, 1] as const;

/** Ways to learn classes from a few labels and many images without one. All have the network of a Glow. */
export const fewLabelModels: readonly ModelEntry[] = [
  {
    name: "labels-only",
    title: "Glow, labels only",
    summary: "A Glow with a linear layer on its latents learns the labelled images, and sees no others.",
    color: { light: "#748ffc", dark: "#bac8ff" },
    ...shared,
    training: training(classSteps),
    build: (request) => classifierOf(request, "labels only"),
  },
  {
    name: "pre-trained",
    title: "Glow, pre-trained",
    summary:
      "A Glow first learns the density of all images. Then a linear layer on its latents learns the labels, and the whole network with it.",
    color: { light: "#4263eb", dark: "#748ffc" },
    ...shared,
    training: training(densitySteps + classSteps),
    build: (request) => classifierOf(request, "pre-trained"),
  },
  {
    name: "self-trained",
    title: "Glow, pre-trained and self-trained",
    summary:
      "After pre-training and fine-tuning, the classifier labels the images that have no label, and learns from those it is surest of: five rounds with more and more of them, until all have one.",
    color: { light: "#0b7285", dark: "#22b8cf" },
    ...shared,
    paper: "Cascante-Bonilla et al. (2021), Curriculum Labeling, arXiv:2001.06001",
    training: training(densitySteps + (1 + rounds.length) * classSteps),
    build: (request) => classifierOf(request, "self-trained"),
  },
  {
    name: "flow-gmm",
    title: "FlowGMM",
    summary:
      "A Glow whose latents have a normal density for each class. Labelled images count under that of their class, and the others under the mixture of all.",
    color: { light: "#862e9c", dark: "#da77f2" },
    ...shared,
    training: training(densitySteps + classSteps),
    build: buildFlowGmm,
  },
];

/** A Glow for images of the levels 0, ..., 16. */
async function glowFor({ shape, size, random }: BuildRequest) {
  const { imageGlow } = await import("@invertible/models");
  const settings = { stepsPerScale: [6, 6] } as const;
  const make = (width: number) =>
    imageGlow({ inputShape: shape, random, ...settings, width, pixels: { bins: 17, alpha: 0.05 } });
  const width = await fitWidth({ parameters: size.parameters, build: make });
  return {
    flow: make(width),
    architecture: { ...settings, width },
    logDet: "sum of the couplings' log-scales",
  };
}

async function classifierOf(
  request: BuildRequest,
  how: "labels only" | "pre-trained" | "self-trained",
): Promise<BuiltClassifier | BuiltHybrid> {
  const { classifier: newClassifier } = await import("@invertible/classifier");
  const { disposeModel } = await import("@invertible/flow");
  const { maximumLikelihood, minimumCrossEntropy } = await import("@invertible/trainer");
  const { flow, architecture, logDet } = await glowFor(request);
  const classifier = newClassifier({
    features: flow.bijection,
    classes: request.classes!,
    random: request.random.fold("head"),
  });
  const objective = minimumCrossEntropy(classifier);
  const fineTuning = { name: "fine-tuning", objective, examples: "labelled" } as const;
  if (how === "labels only") {
    disposeModel({ parameters: flow.base.parameters, state: {} });
    return { classifier, architecture, stages: [{ ...fineTuning, name: "training", share: 1 }] };
  }
  const steps = densitySteps + classSteps * (how === "self-trained" ? 1 + rounds.length : 1);
  const share = classSteps / steps;
  const stages: TrainingStage[] = [
    { name: "training", objective: maximumLikelihood(flow), share: densitySteps / steps },
    { ...fineTuning, share, rate: 0.7 },
  ];
  if (how === "self-trained")
    rounds.forEach((pseudoLabels, i) =>
      stages.push({
        ...{ name: `self-training-${i + 1}`, objective, share, rate: 0.7 },
        examples: { pseudoLabels },
      }),
    );
  return { flow, classifier, architecture, logDet, stages };
}

async function buildFlowGmm(request: BuildRequest): Promise<BuiltHybrid> {
  const { createClassifier, mixtureHead } = await import("@invertible/classifier");
  const { createFlow, disposeModel, normalMixture } = await import("@invertible/flow");
  const { maximumLikelihood, minimumCrossEntropy, weightedSum } = await import("@invertible/trainer");
  const { flow: glow, architecture, logDet } = await glowFor(request);
  const { bijection } = glow;
  disposeModel({ parameters: glow.base.parameters, state: {} });
  const components = request.classes!;
  const base = normalMixture({
    shape: bijection.outputShape,
    components,
    random: request.random.fold("means"),
  });
  const flow = createFlow({ bijection, base });
  const classifier = createClassifier({ features: bijection, head: mixtureHead(base) });
  const labelWeight = 30;
  const objective = weightedSum([
    { objective: maximumLikelihood(flow), weight: 1 },
    { objective: minimumCrossEntropy(classifier), weight: labelWeight },
  ]);
  return {
    ...{ flow, classifier, architecture: { ...architecture, labelWeight }, logDet },
    stages: [{ name: "training", objective, share: 1, examples: "balanced" }],
  };
}
