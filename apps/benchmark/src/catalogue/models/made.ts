import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";

/** One masked autoregressive layer: every number is normal, given those before it. */
export const made: ModelEntry = {
  name: "made",
  title: "MADE",
  summary:
    "Each number has a normal density whose mean and scale a masked network computes from all numbers before it. As a flow it is one layer of MAF.",
  color: { light: "#7a5c3e", dark: "#cfae8b" },
  paper: "Germain, Gregor, Murray, Larochelle (2015), MADE, arXiv:1502.03509",
  kinds: ["plane", "table"],
  training: () => ({
    optimizer: "adam",
    steps: 2000,
    learningRate: 5e-3,
    finalRate: 0.02,
    checkpointEvery: 800,
  }),
  build,
  published: [],
};

async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
  const [{ chain }, { autoregressiveAffine }, { createFlow, standardNormal }, { actNorm }] =
    await Promise.all([
      import("@invertible/bijection"),
      import("@invertible/coupling"),
      import("@invertible/flow"),
      import("@invertible/layers"),
    ]);
  const scale = "exp";
  const withWidth = (width: number) =>
    createFlow({
      bijection: chain([
        actNorm({ inputShape: shape }),
        autoregressiveAffine({ inputShape: shape, hidden: [width, width], scale, random }),
      ]),
      base: standardNormal({ shape }),
    });
  // Every number before the last needs a unit of its own in each hidden layer.
  const least = Math.max(1, shape[0]! - 1);
  const width = await fitWidth({ parameters: size.parameters, build: withWidth, least });
  return {
    flow: withWidth(width),
    architecture: { scale, hidden: [width, width] },
    logDet: "sum of the log-scales",
  };
}
