import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { pixelsOf } from "../image-settings.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, ModelSize, TrainingSettings } from "../model-entry.ts";

/** Affine couplings that exchange fixed halves: pixels of a checkerboard, channels, or places of a vector. */
export const realNvp: ModelEntry = {
  name: "real-nvp",
  title: "Real NVP",
  summary:
    "Couplings as in Glow, but the halves are fixed: pixels of a checkerboard, channels, or places of a vector. The inverse and the log-determinant are given by formulas.",
  color: { light: "#b3404a", dark: "#f08d92" },
  paper: "Dinh, Sohl-Dickstein, Bengio (2017), Density Estimation using Real NVP, arXiv:1605.08803",
  kinds: ["plane", "table", "image"],
  training,
  build: (request) => (request.kind === "image" ? buildForImages(request) : buildForVectors(request)),
  published: [
    {
      dataset: "mnist",
      value: "1.06",
      unit: "bits/dim",
      budget: "full budget: the full-size network, hundreds of epochs on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    {
      dataset: "cifar-10",
      value: "3.49",
      unit: "bits/dim",
      budget: "full budget: the full-size network, hundreds of epochs on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
    },
    ...publishedTables(
      { power: 0.17, gas: 8.33, hepmass: -18.71, miniboone: -13.84, bsds300: 153.28 },
      "Papamakarios et al. (2017), arXiv:1705.07057, table 1, Real NVP (10)",
    ),
  ],
};

function training(kind: DataKind, { name }: ModelSize): TrainingSettings {
  if (kind !== "image")
    return { optimizer: "adam", steps: 2000, learningRate: 5e-3, finalRate: 0.02, checkpointEvery: 800 };
  return name === "small"
    ? { optimizer: "adam", steps: 300, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 100 }
    : { optimizer: "adam", steps: 8000, learningRate: 3e-3, finalRate: 0.1, checkpointEvery: 400 };
}

const logDet = "sum of the couplings' log-scales";

async function buildForVectors({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorRealNvp } = await import("@invertible/models");
  const couplings = 10;
  const build = (width: number) =>
    vectorRealNvp({ features: shape[0]!, random, couplings, hidden: [width, width] });
  const width = await fitWidth({ parameters: size.parameters, build });
  return { flow: build(width), architecture: { couplings, hidden: [width, width] }, logDet };
}

async function buildForImages({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { imageRealNvp } = await import("@invertible/models");
  const pixels = pixelsOf(shape);
  const scales = 2;
  const build = (width: number) => imageRealNvp({ inputShape: shape, random, scales, width, pixels });
  const width = await fitWidth({ parameters: size.parameters, build, step: 4 });
  return { flow: build(width), architecture: { scales, width }, logDet };
}
