import { fitWidth } from "../fit-width.ts";
import type { BuildRequest, BuiltClassifier, ModelEntry, PublishedResult } from "../model-entry.ts";
import { classifierLayout, classifierTraining } from "./classifier-settings.ts";

/** Test errors of table 2 in percent, by the coefficient. */
const published: Readonly<Record<string, { readonly mnist: string; readonly cifar: string }>> = {
  none: { mnist: "0.38", cifar: "6.69" },
  0.9: { mnist: "0.40", cifar: "6.78" },
  0.8: { mnist: "0.42", cifar: "6.86" },
  0.7: { mnist: "0.40", cifar: "6.93" },
  0.6: { mnist: "0.42", cifar: "7.72" },
  0.5: { mnist: "0.86", cifar: "8.71" },
};

function publishedAt(coefficient: number | "none"): PublishedResult[] {
  const { mnist, cifar } = published[coefficient]!;
  return Object.entries({ mnist, "cifar-10": cifar }).map(([dataset, value]) => ({
    dataset,
    value,
    unit: "%",
    budget: `full budget: ${dataset === "mnist" ? 21 : 54} blocks, 200 epochs on GPUs`,
    source: "Behrmann et al. (2019), arXiv:1811.00995, table 2",
  }));
}

const shared = {
  paper: "Behrmann et al. (2019), Invertible Residual Networks, arXiv:1811.00995",
  kinds: ["image"],
  tasks: ["classification"],
  training: classifierTraining,
} as const;

/** An i-ResNet whose convolutions have norms of at most c, or the same network without limits. */
function iResnetClassifierAt(
  coefficient: number | "none",
  entry: Pick<ModelEntry, "name" | "title" | "summary" | "color">,
): ModelEntry {
  return {
    ...entry,
    ...shared,
    build: (request) => build(request, coefficient),
    published: publishedAt(coefficient),
  };
}

/** Channels inside the blocks of the first stage. Those of the last one decide the size of the network. */
const firstWidth = 32;

async function build(
  { shape, classes, size, random }: BuildRequest,
  coefficient: number | "none",
  mixing: "none" | "conv-1x1" = "none",
): Promise<BuiltClassifier> {
  const { iResNetClassifier } = await import("@invertible/models");
  const { layersPerStage: blocksPerStage, ...layout } = classifierLayout(shape, size);
  const settings = {
    ...{ blocksPerStage, ...layout },
    activation: "elu",
    coefficient,
    mixing,
  } as const;
  const make = (width: number) =>
    iResNetClassifier({
      inputShape: shape,
      classes: classes!,
      random,
      ...settings,
      hiddenChannels: [firstWidth, width],
    });
  const width = await fitWidth({ parameters: size.parameters, build: make });
  return {
    classifier: make(width),
    architecture: { ...settings, hiddenChannels: [firstWidth, width] },
  };
}

/** The network without limits, and those with limits from loose to tight. */
export const iResnetClassifiers: readonly ModelEntry[] = [
  iResnetClassifierAt("none", {
    name: "i-resnet-free",
    title: "i-ResNet without limits",
    summary:
      "The layout of the i-ResNet, whose convolutions may have any norm. Nothing guarantees an inverse.",
    color: { light: "#868e96", dark: "#adb5bd" },
  }),
  ...(
    [
      [0.9, "#1864ab", "#74c0fc"],
      [0.8, "#1098ad", "#66d9e8"],
      [0.7, "#2b8a3e", "#8ce99a"],
      [0.6, "#e8590c", "#ffa94d"],
      [0.5, "#c2255c", "#faa2c1"],
    ] as const
  ).map(([coefficient, light, dark]) =>
    iResnetClassifierAt(coefficient, {
      name: `i-resnet-c${Math.round(100 * coefficient)}`,
      title: `i-ResNet, c = ${coefficient}`,
      summary: `Residual blocks x + g(x), where every convolution of g has a norm of at most ${coefficient}. So each block can be inverted by iteration.`,
      color: { light, dark },
    }),
  ),
  {
    name: "i-resnet-glow",
    title: "i-ResNet in Glow's layout",
    summary:
      "The layout of Glow, act-norm and 1x1 convolution, with residual blocks of the limit 0.9 in the place of couplings.",
    color: { light: "#364fc7", dark: "#91a7ff" },
    ...shared,
    build: (request) => build(request, 0.9, "conv-1x1"),
    published: [
      {
        dataset: "cifar-10",
        value: "8.03",
        unit: "%",
        budget: "full budget: 200 epochs on GPUs",
        source: "Behrmann et al. (2019), arXiv:1811.00995, the comparison with Glow as a classifier",
      },
    ],
  },
];
