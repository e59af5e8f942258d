import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** Affine couplings with learned mixing: both directions and the log-determinant have closed forms. */
export const glow: ModelEntry = {
  name: "glow",
  title: "Glow",
  summary:
    "Couplings, in which one half of the numbers decides how the other half is scaled and shifted. The inverse and the log-determinant are given by formulas.",
  color: { light: "#d9730d", dark: "#f5a04c" },
  paper: "Kingma, Dhariwal (2018), Glow, arXiv:1807.03039",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "1.05",
      unit: "bits/dim",
      budget: "full budget: the full-size multi-scale Glow (width 512), hundreds of epochs on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    {
      dataset: "cifar-10",
      value: "3.35",
      unit: "bits/dim",
      budget: "full budget: the full-size multi-scale Glow (width 512), hundreds of epochs on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    ...publishedTables(
      { power: 0.17, gas: 8.15, hepmass: -18.92, miniboone: -11.35, bsds300: 155.07 },
      "Grathwohl et al. (2019), arXiv:1810.01367, table 2",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 2000, learningRate: 1e-2, finalRate: 0.02, checkpointEvery: 800 };
  return name === "small"
    ? { optimizer: "adam", steps: 500, learningRate: 5e-3, finalRate: 0.1, checkpointEvery: 100 }
    : { optimizer: "adam", steps: 20000, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 1000 };
}

const logDet = "sum of the couplings' log-scales";

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorGlow } = await import("@invertible/models");
  const features = shape[0]!;
  const steps = 10;
  const build = (width: number) => vectorGlow({ features, random, steps, hidden: [width, width] });
  const width = await fitWidth({ parameters: size.parameters, build });
  return { flow: build(width), architecture: { steps, hidden: [width, width] }, logDet };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageGlow } = await import("@invertible/models");
  const steps = size.name === "small" ? 4 : 8;
  const stepsPerScale = [steps, steps];
  const pixels = pixelsOf(shape);
  const build = (width: number) => imageGlow({ inputShape: shape, random, stepsPerScale, width, pixels });
  const width = await fitWidth({ parameters: size.parameters, build, step: 4 });
  return { flow: build(width), architecture: { stepsPerScale, width }, logDet };
}
