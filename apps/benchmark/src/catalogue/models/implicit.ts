import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf, unbiasedLogDets, unbiasedWords } from "../image-settings.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";
import { vectorLogDet } from "../vector-log-det.ts";

/** Blocks that are defined by an equation between input and output, with a contraction on either side. */
export const implicit: ModelEntry = {
  name: "implicit",
  title: "Implicit Flow",
  summary:
    "Blocks whose output z solves the equation z + h(z) = x + g(x), with two contractions g and h. They can stretch distances more than a residual block. Both directions solve an equation by iteration.",
  color: { light: "#5b7a1f", dark: "#a9cf5d" },
  paper: "Lu, Chen, Li, Wang, Zhu (2021), Implicit Normalizing Flows, arXiv:2103.09527",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 300, learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 50 };
  return name === "small"
    ? { optimizer: "adam", steps: 60, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 10 }
    : { optimizer: "adam", steps: 400, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 20 };
}

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const [{ chain }, { createFlow, diagonalNormal }, { actNorm }, { denseBranch, implicitBlock }] =
    await Promise.all([
      import("@invertible/bijection"),
      import("@invertible/flow"),
      import("@invertible/layers"),
      import("@invertible/residual"),
    ]);
  const features = shape[0]!;
  // L = 0.72: every forward call takes the steps that this needs for the tolerance, some 30.
  const settings = { blocks: 6, coefficient: 0.85, activation: "sin", solveTolerance: 1e-5 } as const;
  const { words, ...logDets } = await vectorLogDet(features);
  const withWidth = (width: number) => {
    const parts = Array.from({ length: settings.blocks }, (_, block) => {
      const { coefficient, activation, solveTolerance: tolerance } = settings;
      const branch = (side: string) =>
        denseBranch({
          features,
          hidden: [width],
          coefficient,
          activation,
          preactivation: false,
          random: random.fold("block").fold(block).fold(side),
        });
      return [
        actNorm({ inputShape: shape }),
        implicitBlock({
          inputBranch: branch("input"),
          outputBranch: branch("output"),
          ...logDets,
          inverse: { tolerance },
        }),
      ];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape }) });
  };
  const width = await fitWidth({ parameters: size.parameters, build: withWidth });
  return { flow: withWidth(width), architecture: { ...settings, hidden: [width] }, logDet: words };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageImplicitFlow } = await import("@invertible/models");
  const blocks = size.name === "small" ? 1 : 2;
  // L = 0.51: every equation takes 15 steps. They are most of the cost.
  const settings = {
    blocksPerScale: [blocks, blocks],
    coefficient: 0.8,
    activation: "lipSwish",
    firstScale: "squeezed",
  } as const;
  const solveTolerance = 1e-4;
  const shared = {
    pixels: pixelsOf(shape),
    inverse: { tolerance: solveTolerance },
    ...(await unbiasedLogDets()),
  };
  const build = (hiddenChannels: number) =>
    imageImplicitFlow({ inputShape: shape, random, ...settings, ...shared, hiddenChannels });
  const hiddenChannels = await fitWidth({ parameters: size.parameters, build, step: 2 });
  return {
    flow: build(hiddenChannels),
    architecture: { ...settings, hiddenChannels, solveTolerance, exactTerms: 2, exactTermsInEvaluation: 20 },
    logDet: unbiasedWords,
  };
}
