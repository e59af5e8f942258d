import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltClassifier, ModelEntry } from "../model-entry.ts";
import { classifierTraining } from "./classifier-settings.ts";

/** The control: an ordinary residual network, which cannot be inverted. */
export const resnet: ModelEntry = {
  name: "resnet",
  title: "ResNet",
  summary:
    "An ordinary residual network with batch norms, whose strided convolutions throw information away. It has no inverse.",
  color: { light: "#495057", dark: "#ced4da" },
  paper: "He et al. (2016), Identity Mappings in Deep Residual Networks, arXiv:1603.05027",
  kinds: ["image"],
  tasks: ["classification"],
  training: classifierTraining,
  build,
  published: [
    {
      dataset: "cifar-10",
      value: "5.50",
      unit: "%",
      budget: "full budget: ResNet-164, 200 epochs on GPUs",
      source: "Behrmann et al. (2019), arXiv:1811.00995, table 2",
    },
  ],
};

/** Channels of the first two stages. Those of the last one decide the size of the network. */
const firstWidths = [16, 32] as const;

async function build({ shape, classes, size, random }: BuildRequest): Promise<BuiltClassifier> {
  const { resNet } = await import("@invertible/models");
  const settings = { blocksPerStage: size.name === "small" ? [1, 1, 1] : [2, 2, 2] } as const;
  const make = (width: number) =>
    resNet({ inputShape: shape, classes: classes!, random, ...settings, channels: [...firstWidths, width] });
  const width = await fitWidth({ parameters: size.parameters, build: make });
  return { classifier: make(width), architecture: { ...settings, channels: [...firstWidths, width] } };
}
