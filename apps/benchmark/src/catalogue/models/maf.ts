import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** Masked autoregressive layers: each number is scaled and shifted by what its predecessors say. */
export const maf: ModelEntry = {
  name: "maf",
  title: "Masked Autoregressive Flow",
  summary:
    "Each number is scaled and shifted by amounts that depend on all numbers before it. The log-determinant is given by a formula. The inverse computes one number after the other.",
  color: { light: "#596579", dark: "#aab6ca" },
  paper:
    "Papamakarios, Pavlakou, Murray (2017), Masked Autoregressive Flow for Density Estimation, arXiv:1705.07057",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "1.89",
      unit: "bits/dim",
      budget: "full budget: 5 or 10 layers of 1024 units, until no more is gained",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    {
      dataset: "cifar-10",
      value: "4.31",
      unit: "bits/dim",
      budget: "full budget: 5 or 10 layers of 1024 units, until no more is gained",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    ...publishedTables(
      { power: 0.14, gas: 9.07, hepmass: -17.7, miniboone: -11.75, bsds300: 155.69 },
      "Papamakarios et al. (2017), arXiv:1705.07057, table 1, MAF (5)",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 900, learningRate: 5e-3, finalRate: 0.02, checkpointEvery: 300 };
  return name === "small"
    ? { optimizer: "adam", steps: 500, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 200 }
    : { optimizer: "adam", steps: 8000, learningRate: 2e-3, finalRate: 0.1, checkpointEvery: 800 };
}

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorMaf } = await import("@invertible/models");
  const features = shape[0]!;
  const layers = 10;
  const build = (width: number) => vectorMaf({ features, random, layers, hidden: [width, width] });
  // Every number before the last needs a unit of its own in each hidden layer.
  const least = Math.max(1, features - 1);
  const width = await fitWidth({ parameters: size.parameters, build, least });
  return {
    flow: build(width),
    architecture: { layers, hidden: [width, width] },
    logDet: "sum of the layers' log-scales",
  };
}

/** One hidden layer, as published for images. Its units are fewer than pixels, so a pixel does not depend on all before it. */
async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageMaf } = await import("@invertible/models");
  const layers = size.name === "small" ? 2 : 3;
  const pixels = pixelsOf(shape);
  const build = (width: number) => imageMaf({ inputShape: shape, random, layers, hidden: [width], pixels });
  const width = await fitWidth({ parameters: size.parameters, build });
  return {
    flow: build(width),
    architecture: { layers, hidden: [width] },
    logDet: "sum of the layers' log-scales",
  };
}
