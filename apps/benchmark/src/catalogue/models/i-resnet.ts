import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";
import { trainsExactly, vectorLogDet } from "../vector-log-det.ts";

/** Invertible residual blocks whose log-determinants are exact for few features and truncated series for images. */
export const iResnet: ModelEntry = {
  name: "i-resnet",
  title: "i-ResNet",
  summary:
    "Residual blocks x + g(x), whose network g is a contraction: it brings any two points closer together. The inverse is found by iteration. The log-determinant is exact for vectors of few numbers, and a truncated series for images.",
  color: { light: "#2f6fde", dark: "#74a5ff" },
  paper: "Behrmann et al. (2019), Invertible Residual Networks, arXiv:1811.00995",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "1.05-1.06",
      unit: "bits/dim",
      budget: "full budget: 3 scales x 16 blocks x 512 channels, 200 epochs on GPUs, biased 5-term estimate",
      source:
        "Behrmann et al. (2019), arXiv:1811.00995, table 4 (1.06); Chen et al. (2019), arXiv:1906.02735 (1.05)",
    },
    {
      dataset: "cifar-10",
      value: "3.45",
      unit: "bits/dim",
      budget: "full budget: 3 scales x 16 blocks x 512 channels, 200 epochs on GPUs, biased 5-term estimate",
      source:
        "Behrmann et al. (2019), arXiv:1811.00995, table 4 (1.06); Chen et al. (2019), arXiv:1906.02735 (1.05)",
    },
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 1000, learningRate: 1.5e-2, finalRate: 0.02, checkpointEvery: 400 };
  return name === "small"
    ? { optimizer: "adam", steps: 400, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 100 }
    : { optimizer: "adam", steps: 1000, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 50 };
}

/**
 * Many blocks of one hidden layer learn faster than few deep ones, as the published networks of 100 blocks suggest; and a
 * sine, whose slope is 1 at the start, reaches within these steps the fine structure that lipSwish and elu do not.
 */
async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  const { vectorIResNet } = await import("@invertible/models");
  const features = shape[0]!;
  const coefficient = trainsExactly(features) ? 0.98 : 0.9;
  const settings = { blocks: 24, coefficient, activation: "sin" } as const;
  const { words, ...logDets } = await vectorLogDet(features);
  const build = (width: number) =>
    vectorIResNet({ features, random, ...settings, ...logDets, hidden: [width] });
  const hidden = [await fitWidth({ parameters: size.parameters, build })];
  return { flow: build(hidden[0]!), architecture: { ...settings, hidden }, logDet: words };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  const { imageIResNet } = await import("@invertible/models");
  const blocks = size.name === "small" ? 2 : 6;
  const settings = {
    blocksPerScale: [blocks, blocks],
    coefficient: 0.9,
    activation: "elu",
    firstScale: "squeezed",
  } as const;
  const logDet = { trainingTerms: 5, evaluationTerms: 20, probes: 1 };
  const build = (hiddenChannels: number) =>
    imageIResNet({ inputShape: shape, random, ...settings, logDet, hiddenChannels });
  const hiddenChannels = await fitWidth({ parameters: size.parameters, build, step: 4 });
  return {
    flow: build(hiddenChannels),
    architecture: { ...settings, hiddenChannels, ...logDet },
    logDet: `power series of ${logDet.evaluationTerms} terms, ${logDet.probes} random probe`,
  };
}
