import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";

/** Masked autoregressive layers: each number is scaled and shifted by what its predecessors say. */
export const maf: ModelEntry = {
  name: "maf",
  title: "Masked Autoregressive Flow",
  summary:
    "Each number is scaled and shifted by amounts that depend on all numbers before it. The log-determinant is given by a formula. The inverse computes one number after the other.",
  color: { light: "#596579", dark: "#aab6ca" },
  paper:
    "Papamakarios, Pavlakou, Murray (2017), Masked Autoregressive Flow for Density Estimation, arXiv:1705.07057",
  kinds: ["plane", "table"],
  training: () => ({
    optimizer: "adam",
    steps: 900,
    learningRate: 5e-3,
    finalRate: 0.02,
    checkpointEvery: 300,
  }),
  build,
  published: [],
};

async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  const { vectorMaf } = await import("@invertible/models");
  const features = shape[0]!;
  const layers = 10;
  const withWidth = (width: number) => vectorMaf({ features, random, layers, hidden: [width, width] });
  // Every number before the last needs a unit of its own in each hidden layer.
  const least = Math.max(1, features - 1);
  const width = await fitWidth({ parameters: size.parameters, build: withWidth, least });
  return {
    flow: withWidth(width),
    architecture: { layers, scale: "exp", hidden: [width, width] },
    logDet: "sum of the layers' log-scales",
  };
}
