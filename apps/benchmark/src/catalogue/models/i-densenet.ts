import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf, unbiasedLogDets, unbiasedWords } from "../image-settings.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";
import { trainsExactly, vectorLogDet } from "../vector-log-det.ts";

/** Residual blocks whose contraction is a DenseNet: every layer keeps its input beside its output. */
export const iDensenet: ModelEntry = {
  name: "i-densenet",
  title: "i-DenseNet",
  summary:
    "Residual blocks x + g(x), whose contraction g is a small DenseNet: each of its layers passes on its input together with its output. This makes better use of the limited Lipschitz constant than plain layers.",
  color: { light: "#8a4fd0", dark: "#bf95f5" },
  paper:
    "Perugachi-Diaz, Tomczak, Bhulai (2021), Invertible DenseNets with Concatenated LipSwish, arXiv:2102.02694",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "cifar-10",
      value: "3.25",
      unit: "bits/dim",
      budget: "full budget: 24.9 million parameters, hundreds of epochs on GPUs",
      source: "Perugachi-Diaz et al. (2021), arXiv:2102.02694",
    },
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 400, learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 100 };
  return name === "small"
    ? { optimizer: "adam", steps: 150, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 50 }
    : { optimizer: "adam", steps: 1600, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 80 };
}

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const [{ chain }, { createFlow, diagonalNormal }, { actNorm }, { denseNetBranch, residualBlock }] =
    await Promise.all([
      import("@invertible/bijection"),
      import("@invertible/flow"),
      import("@invertible/layers"),
      import("@invertible/residual"),
    ]);
  const features = shape[0]!;
  // Three layers that concatenate and one back: L = c^4.
  const settings = {
    blocks: 10,
    layers: 3,
    coefficient: trainsExactly(features) ? 0.98 : 0.93,
    activation: "cLipSwish",
  } as const;
  const { words, ...logDets } = await vectorLogDet(features);
  const withGrowth = (growth: number) => {
    const parts = Array.from({ length: settings.blocks }, (_, block) => {
      const { layers, coefficient, activation } = settings;
      const key = random.fold("block").fold(block);
      const branch = denseNetBranch({
        inputShape: shape,
        layers,
        coefficient,
        activation,
        growth,
        random: key,
      });
      return [actNorm({ inputShape: shape }), residualBlock({ branch, ...logDets })];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape }) });
  };
  // The activation makes two numbers of one, so growth is even.
  const growth = await fitWidth({ parameters: size.parameters, build: withGrowth, step: 2 });
  return { flow: withGrowth(growth), architecture: { ...settings, growth }, logDet: words };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageIDenseNet } = await import("@invertible/models");
  const settings = {
    // With 2 and 2, every growth misses the small size by more than 7 %.
    blocksPerScale: size.name === "small" ? [1, 3] : [4, 4],
    layers: 3,
    coefficient: 0.93,
    activation: "cLipSwish",
    firstScale: "squeezed",
  } as const;
  const shared = { pixels: pixelsOf(shape), ...(await unbiasedLogDets()) };
  const build = (growth: number) =>
    imageIDenseNet({ inputShape: shape, random, ...settings, ...shared, growth });
  const growth = await fitWidth({ parameters: size.parameters, build, step: 2 });
  return {
    flow: build(growth),
    architecture: { ...settings, growth, exactTerms: 2, exactTermsInEvaluation: 20 },
    logDet: unbiasedWords,
  };
}
