import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltClassifier, ModelEntry } from "../model-entry.ts";
import { classifierLayout, classifierTraining } from "./classifier-settings.ts";

type Kind = "affine" | "additive";

/** What mixes the channels in the published comparison. */
const mixings = { affine: "conv-1x1", additive: "reverse" } as const;

/** Test errors of the published comparison of architectures, in percent. */
const published = { affine: "12.63", additive: "12.36" } as const;

function glowClassifierWith(
  coupling: Kind,
  entry: Pick<ModelEntry, "title" | "summary" | "color">,
): ModelEntry {
  return {
    name: `glow-${coupling}`,
    ...entry,
    paper: "Kingma, Dhariwal (2018), Glow, arXiv:1807.03039",
    kinds: ["image"],
    tasks: ["classification"],
    // At the rate of the others, features overflow within some hundred steps of MNIST.
    training: (kind, size) => ({ ...classifierTraining(kind, size), learningRate: 1e-3 }),
    build: (request) => build(request, coupling),
    published: [
      {
        dataset: "cifar-10",
        value: published[coupling],
        unit: "%",
        budget: "full budget: 200 epochs on GPUs",
        source: "Behrmann et al. (2019), arXiv:1811.00995, the comparison with Glow as a classifier",
      },
    ],
  };
}

async function build(
  { shape, classes, size, random }: BuildRequest,
  coupling: Kind,
): Promise<BuiltClassifier> {
  const { glowClassifier } = await import("@invertible/models");
  const { layersPerStage: stepsPerStage, ...layout } = classifierLayout(shape, size);
  const settings = {
    ...{ stepsPerStage, ...layout },
    coupling,
    mixing: mixings[coupling],
  } as const;
  const make = (width: number) =>
    glowClassifier({ inputShape: shape, classes: classes!, random, ...settings, width });
  const width = await fitWidth({ parameters: size.parameters, build: make });
  return { classifier: make(width), architecture: { ...settings, width } };
}

/** Glow as a classifier, in the two forms of the published comparison. */
export const glowClassifiers: readonly ModelEntry[] = [
  glowClassifierWith("affine", {
    title: "Glow, affine couplings",
    summary:
      "Half of the channels are scaled and shifted by networks that see the other half. Learned 1x1 convolutions mix the channels between. The inverse is a formula.",
    color: { light: "#5f3dc4", dark: "#b197fc" },
  }),
  glowClassifierWith("additive", {
    title: "Glow, additive couplings",
    summary:
      "Half of the channels are shifted by networks that see the other half, and the order of the channels is reversed between. The inverse is a formula.",
    color: { light: "#9c36b5", dark: "#e599f7" },
  }),
];
