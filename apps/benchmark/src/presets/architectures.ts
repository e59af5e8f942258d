import { classification } from "./classification.ts";
import type { Preset } from "./preset.ts";

/** The published comparison of invertible architectures as classifiers. */
export const architectures: Preset = {
  ...classification,
  name: "architectures",
  summary:
    "invertible classifiers of MNIST: two kinds of Glow, and i-ResNets in two layouts, 6 minutes of training each",
  models: ["glow-affine", "glow-additive", "i-resnet-glow", "i-resnet-c90"],
};
