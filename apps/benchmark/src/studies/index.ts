import type { StudyEntry } from "./study.ts";

/** Every figure that `npm run bench -- figure <name>` draws. What measuring needs is loaded with the one that is asked for. */
export const studies: readonly StudyEntry[] = [
  {
    name: "inversion",
    title: "How fast a residual network is inverted",
    summary: "reconstruction error against iterations, for several limits on norms and for none",
    source: "Behrmann et al. (2019), arXiv:1811.00995, the figure of inversion by fixed-point iteration",
    load: async () => (await import("./inversion/inversion.ts")).inversion,
  },
  {
    name: "reconstructions",
    title: "Images from the last features of a network",
    summary: "images computed back from the features of an i-ResNet and of an ordinary residual network",
    source: "Behrmann et al. (2019), arXiv:1811.00995, the figure of reconstructed images",
    load: async () => (await import("./pictures/reconstructions.ts")).reconstructions,
  },
  {
    name: "lipschitz",
    title: "Lipschitz constants during training",
    summary: "certified and measured constants of every block of an i-ResNet, as it is trained",
    source: "Behrmann et al. (2019), arXiv:1811.00995, section 2.1, whose limits hold for estimated norms",
    load: async () => (await import("./lipschitz/lipschitz.ts")).lipschitz,
  },
  {
    name: "bias",
    title: "The bias of a truncated log-determinant",
    summary: "estimated minus exact log-determinant against terms and probes, with the certified limit",
    source: "Behrmann et al. (2019), arXiv:1811.00995, the analysis of the estimator's bias",
    load: async () => (await import("./bias/bias.ts")).bias,
  },
  {
    name: "estimators",
    title: "Estimators of the log-determinant",
    summary: "noise, bias and cost of power series, Russian roulettes and the exact log-determinant",
    source: "Chen et al. (2019), Residual Flows, arXiv:1906.02735, the comparison of estimators",
    load: async () => (await import("./estimators/estimators.ts")).estimators,
  },
  {
    name: "exploding-inverse",
    title: "Inverses that explode, and one that cannot",
    summary: "reconstruction of usual and unusual inputs by Glow and i-ResNet, with certificates",
    source:
      "Behrmann, Vicol et al. (2021), Understanding and mitigating exploding inverses, arXiv:2006.09347",
    load: async () => (await import("./exploding-inverse/exploding-inverse.ts")).explodingInverse,
  },
  {
    name: "memory",
    title: "Memory that does not grow with depth",
    summary: "peak memory of a training step against depth, for i-ResNet and RevNet and what they keep",
    source: "Gomez, Ren, Urtasun, Grosse (2017), The Reversible Residual Network, arXiv:1707.04585, table 1",
    load: async () => (await import("./memory/memory.ts")).memory,
  },
  {
    name: "samples",
    title: "Samples at several temperatures",
    summary: "new images from Glow and i-ResNet, at temperatures from 0.6 to 1",
    source: "Kingma, Dhariwal (2018), Glow, arXiv:1807.03039, the figure of temperatures",
    load: async () => (await import("./pictures/samples.ts")).samples,
  },
  {
    name: "interpolation",
    title: "Between two images",
    summary: "images between pairs of held-out ones, through the latents of Glow and i-ResNet",
    source: "Kingma, Dhariwal (2018), Glow, arXiv:1807.03039, the figure of interpolation",
    load: async () => (await import("./pictures/interpolation.ts")).interpolation,
  },
];
