import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltModel, ModelEntry } from "../model-entry.ts";
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
  kinds: ["plane", "table"],
  training: () => ({
    optimizer: "adam",
    steps: 400,
    learningRate: 1e-2,
    finalRate: 0.02,
    checkpointEvery: 100,
  }),
  build,
  published: [],
};

async function build({ shape, size, random }: BuildRequest): Promise<BuiltModel> {
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
