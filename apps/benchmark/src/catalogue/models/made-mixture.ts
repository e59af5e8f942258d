import type { DataKind } from "../data-kind.ts";
import { fitWidth } from "../fit-width.ts";
import { publishedTables } from "../published-tables.ts";
import type { BuildRequest, BuiltFlow, ModelEntry, TrainingSettings } from "../model-entry.ts";

/**
 * One masked autoregressive layer whose conditionals are mixtures. Images are not among its data: with ten components for each pixel,
 * the last layer alone would have most of a preset's parameters.
 */
export const madeMixture: ModelEntry = {
  name: "made-mixture",
  title: "MADE, mixtures",
  summary:
    "MADE whose densities of each number are mixtures of ten logistic densities instead of normal ones, so that one layer can have several modes.",
  color: { light: "#c2185b", dark: "#ff8ab4" },
  paper:
    "Germain, Gregor, Murray, Larochelle (2015), MADE, arXiv:1502.03509; Papamakarios, Pavlakou, Murray (2017), MADE MoG, arXiv:1705.07057",
  kinds: ["plane", "table"],
  training,
  build,
  published: publishedTables(
    { power: 0.4, gas: 8.47, hepmass: -15.15, miniboone: -12.27, bsds300: 153.71 },
    "Papamakarios et al. (2017), arXiv:1705.07057, table 1, MADE MoG, whose components are normal",
  ),
};

function training(_: DataKind): TrainingSettings {
  return { optimizer: "adam", steps: 2000, learningRate: 5e-3, finalRate: 0.02, checkpointEvery: 800 };
}

async function build({ shape, size, random }: BuildRequest): Promise<BuiltFlow> {
  const { vectorMaf } = await import("@invertible/models");
  const features = shape[0]!;
  const settings = { layers: 1, components: 10 } as const;
  const withWidth = (width: number) => vectorMaf({ features, random, ...settings, hidden: [width, width] });
  // Every number before the last needs a unit of its own in each hidden layer.
  const least = Math.max(1, features - 1);
  const width = await fitWidth({ parameters: size.parameters, build: withWidth, least });
  return {
    flow: withWidth(width),
    architecture: { ...settings, hidden: [width, width] },
    logDet: "sum of the conditionals' log-slopes",
  };
}
