import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import {
  pixelsOf,
  residualLayout,
  residualWidths,
  unbiasedLogDets,
  unbiasedWords,
} from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";
import { vectorLogDet } from "../vector-log-det.ts";

/** The i-ResNet with unbiased log-determinants (Russian roulette) and an activation that does not saturate (LipSwish). */
export const residualFlow: ModelEntry = {
  name: "residual-flow",
  title: "Residual Flow",
  summary:
    "An i-ResNet whose series for the log-determinant ends after a random number of terms, and is weighted so that it is right on average. Its activation, LipSwish, stays curved where its slope is close to 1, so that gradients do not vanish there.",
  color: { light: "#0f8a7e", dark: "#4fcfc1" },
  paper: "Chen et al. (2019), Residual Flows for Invertible Generative Modeling, arXiv:1906.02735",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "0.97",
      unit: "bits/dim",
      budget: "full budget: 3 scales x 16 blocks x 512 channels, hundreds of epochs on GPUs",
      source: "Chen et al. (2019), arXiv:1906.02735",
    },
    {
      dataset: "cifar-10",
      value: "3.28",
      unit: "bits/dim",
      budget: "full budget: 3 scales x 16 blocks x 512 channels, hundreds of epochs on GPUs",
      source: "Chen et al. (2019), arXiv:1906.02735",
    },
    ...publishedTables(
      { power: 0.48, gas: 10.57, hepmass: -16.67, miniboone: -11.16, bsds300: 148.05 },
      "Cornish et al. (2020), arXiv:1909.13833, ResFlow of 100 blocks",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 400, learningRate: 5e-2, finalRate: 0.02, checkpointEvery: 100 };
  return name === "small"
    ? { optimizer: "adam", steps: 150, learningRate: 1e-2, finalRate: 0.1, checkpointEvery: 50 }
    : { optimizer: "adam", steps: 2000, learningRate: 1e-2, finalRate: 0.1, checkpointEvery: 100 };
}

/** Two terms that are always there, then as many as a geometric law draws: with p < 1 - L^2 the variance is finite. */
async function roulette(exactTerms: number) {
  const { geometricLaw, russianRoulette } = await import("@invertible/log-det");
  return russianRoulette({ law: geometricLaw({ p: 0.25 }), exactTerms });
}

/** As in the published code, vectors are evaluated exactly: roulette's noise is then in training alone. */
async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorIResNet } = await import("@invertible/models");
  const features = shape[0]!;
  // Two layers of 0.9 make L = 0.81.
  const settings = { blocks: 24, coefficient: 0.9, activation: "lipSwish" } as const;
  const { evaluationLogDet, words } = await vectorLogDet(features);
  const logDets = { logDet: await roulette(2), evaluationLogDet };
  const build = (width: number) =>
    vectorIResNet({ features, random, ...settings, ...logDets, hidden: [width] });
  const hidden = [await fitWidth({ parameters: size.parameters, build })];
  return { flow: build(hidden[0]!), architecture: { ...settings, hidden, exactTerms: 2 }, logDet: words };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageIResNet } = await import("@invertible/models");
  const settings = { ...residualLayout(size), coefficient: 0.9, activation: "lipSwish" } as const;
  const shared = { pixels: pixelsOf(shape), ...(await unbiasedLogDets()) };
  const build = (width: number) =>
    imageIResNet({
      inputShape: shape,
      random,
      ...settings,
      ...shared,
      hiddenChannels: residualWidths(width),
    });
  const width = await fitWidth({ parameters: size.parameters, build, step: 2 });
  return {
    flow: build(width),
    architecture: {
      ...settings,
      hiddenChannels: residualWidths(width),
      exactTerms: 2,
      exactTermsInEvaluation: 20,
    },
    logDet: unbiasedWords,
  };
}
