import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** One masked autoregressive layer: every number is normal, given those before it. */
export const made: ModelEntry = {
  name: "made",
  title: "MADE",
  summary:
    "Each number has a normal density whose mean and scale a masked network computes from all numbers before it. As a flow it is one layer of MAF.",
  color: { light: "#7a5c3e", dark: "#cfae8b" },
  paper: "Germain, Gregor, Murray, Larochelle (2015), MADE, arXiv:1502.03509",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "2.04",
      unit: "bits/dim",
      budget: "full budget: one layer of 1024 units, until no more is gained",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    {
      dataset: "cifar-10",
      value: "5.67",
      unit: "bits/dim",
      budget: "full budget: one layer of 1024 units, until no more is gained",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    ...publishedTables(
      { power: -3.08, gas: 3.56, hepmass: -20.98, miniboone: -15.59, bsds300: 148.85 },
      "Papamakarios et al. (2017), arXiv:1705.07057, table 1, MADE",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 2000, learningRate: 5e-3, finalRate: 0.02, checkpointEvery: 800 };
  return name === "small"
    ? { optimizer: "adam", steps: 500, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 200 }
    : { optimizer: "adam", steps: 8000, learningRate: 2e-3, finalRate: 0.1, checkpointEvery: 800 };
}

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorMaf } = await import("@invertible/models");
  const features = shape[0]!;
  const build = (width: number) =>
    vectorMaf({ features, random, layers: 1, hidden: [width, width], base: "standardNormal" });
  // Every number before the last needs a unit of its own in each hidden layer.
  const least = Math.max(1, features - 1);
  const width = await fitWidth({ parameters: size.parameters, build, least });
  return {
    flow: build(width),
    architecture: { hidden: [width, width] },
    logDet: "sum of the log-scales",
  };
}

/** One hidden layer, as published for images. Its units are fewer than pixels, so a pixel does not depend on all before it. */
async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageMaf } = await import("@invertible/models");
  const pixels = pixelsOf(shape);
  const build = (width: number) =>
    imageMaf({ inputShape: shape, random, layers: 1, hidden: [width], pixels, base: "standardNormal" });
  const width = await fitWidth({ parameters: size.parameters, build });
  return { flow: build(width), architecture: { hidden: [width] }, logDet: "sum of the log-scales" };
}
