import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf, unbiasedLogDets, unbiasedWords } from "../image-settings.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";
import { vectorLogDet } from "../vector-log-det.ts";

/** Blocks that are Cayley transforms of monotone operators: steeper than a residual block can be, in both directions. */
export const monotone: ModelEntry = {
  name: "monotone",
  title: "Monotone Flow",
  summary:
    "Blocks (I - g)(I + g)^-1 with a contraction g. A residual block stretches distances by less than a factor of 2, and these blocks do not have this limit. Both directions solve an equation by iteration.",
  color: { light: "#b03060", dark: "#f08db0" },
  paper: "Ahn, Kim, Hong, Kim (2022), Invertible Monotone Operators for Normalizing Flows, arXiv:2210.08176",
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
  const [{ chain }, { createFlow, diagonalNormal }, { actNorm }, { denseBranch, monotoneBlock }] =
    await Promise.all([
      import("@invertible/bijection"),
      import("@invertible/flow"),
      import("@invertible/layers"),
      import("@invertible/residual"),
    ]);
  const features = shape[0]!;
  // L = 0.72: every forward call takes the steps that this needs for the tolerance, some 30.
  const settings = { blocks: 8, coefficient: 0.85, activation: "sin", solveTolerance: 1e-5 } as const;
  const { words, ...logDets } = await vectorLogDet(features);
  const withWidth = (width: number) => {
    const parts = Array.from({ length: settings.blocks }, (_, block) => {
      const { coefficient, activation, solveTolerance: tolerance } = settings;
      const key = random.fold("block").fold(block);
      const branch = denseBranch({
        features,
        hidden: [width],
        coefficient,
        activation,
        preactivation: false,
        random: key,
      });
      return [actNorm({ inputShape: shape }), monotoneBlock({ branch, ...logDets, inverse: { tolerance } })];
    });
    return createFlow({ bijection: chain(parts.flat()), base: diagonalNormal({ shape }) });
  };
  const width = await fitWidth({ parameters: size.parameters, build: withWidth });
  return { flow: withWidth(width), architecture: { ...settings, hidden: [width] }, logDet: words };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageMonotoneFlow } = await import("@invertible/models");
  const blocks = size.name === "small" ? 1 : 2;
  // L = 0.5: a block stretches up to threefold, and every equation takes 15 steps. They are most of the cost.
  const settings = {
    blocksPerScale: [blocks, blocks],
    layers: 3,
    coefficient: 0.84,
    activation: "cPila",
    firstScale: "squeezed",
  } as const;
  const solveTolerance = 1e-4;
  const shared = {
    pixels: pixelsOf(shape),
    inverse: { tolerance: solveTolerance },
    ...(await unbiasedLogDets()),
  };
  const build = (growth: number) =>
    imageMonotoneFlow({ inputShape: shape, random, ...settings, ...shared, growth });
  const growth = await fitWidth({ parameters: size.parameters, build, step: 2 });
  return {
    flow: build(growth),
    architecture: { ...settings, growth, solveTolerance, exactTerms: 2, exactTermsInEvaluation: 20 },
    logDet: unbiasedWords,
  };
}
