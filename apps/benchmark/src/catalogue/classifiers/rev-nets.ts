import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltClassifier, ModelEntry } from "../model-entry.ts";
import { classifierLayout, classifierTraining } from "./classifier-settings.ts";

const shared = {
  kinds: ["image"],
  tasks: ["classification"],
  training: classifierTraining,
  published: [],
} as const;

/** Networks that are reversible by couplings of two halves of their channels. */
export const revNets: readonly ModelEntry[] = [
  {
    name: "rev-net",
    title: "RevNet",
    summary:
      "Each half of the channels is shifted by a network of the other half, so that activations can be computed again instead of kept. The units that change the resolution are ordinary ones, so the whole has no inverse.",
    color: { light: "#5c940d", dark: "#a9e34b" },
    paper: "Gomez, Ren, Urtasun, Grosse (2017), The Reversible Residual Network, arXiv:1707.04585",
    ...shared,
    build: buildRevNet,
  },
  {
    name: "i-rev-net",
    title: "i-RevNet",
    summary:
      "A RevNet that changes the resolution by moving pixels into channels. Every image follows from its features by a formula.",
    color: { light: "#2b5d2b", dark: "#69db7c" },
    paper: "Jacobsen, Smeulders, Oyallon (2018), i-RevNet: Deep Invertible Networks, arXiv:1802.07088",
    ...shared,
    build: buildIRevNet,
  },
];

/** Channels of the first stages. Those of the last one decide the size of the network. */
const firstChannels = [16, 32] as const;

async function buildRevNet(request: BuildRequest): Promise<BuiltClassifier> {
  const { revNet } = await import("@invertible/models");
  const { shape, classes, size, random } = request;
  const settings = { blocksPerStage: size.name === "small" ? [1, 1, 1] : [2, 2, 2] } as const;
  const make = (width: number) =>
    revNet({
      inputShape: shape,
      classes: classes!,
      random,
      ...settings,
      channels: [...firstChannels, width],
    });
  const width = await fitWidth({ parameters: size.parameters, build: make, step: 2 });
  return { classifier: make(width), architecture: { ...settings, channels: [...firstChannels, width] } };
}

async function buildIRevNet(request: BuildRequest): Promise<BuiltClassifier> {
  const { iRevNet } = await import("@invertible/models");
  const { shape, classes, size, random } = request;
  const { layersPerStage: blocksPerStage, ...layout } = classifierLayout(shape, size);
  const settings = { blocksPerStage, ...layout } as const;
  const make = (width: number) =>
    iRevNet({
      ...{ inputShape: shape, classes: classes!, random, ...settings },
      hiddenChannels: [firstChannels[0], width],
    });
  const width = await fitWidth({ parameters: size.parameters, build: make });
  return {
    classifier: make(width),
    architecture: { ...settings, hiddenChannels: [firstChannels[0], width] },
  };
}
