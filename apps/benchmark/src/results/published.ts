import type { Results } from "./schema.ts";

/** Figures from the literature, trained for days on GPUs. Printed in a column of their own, never mixed with ours. */
export const published: Results["published"] = [
  {
    dataset: "mnist",
    model: "i-resnet",
    value: "1.05-1.06",
    unit: "bits/dim",
    budget: "full budget: 3 scales x 16 blocks x 512 channels, 200 epochs on GPUs, biased 5-term estimate",
    source:
      "Behrmann et al. (2019), arXiv:1811.00995, table 4 (1.06); Chen et al. (2019), arXiv:1906.02735 (1.05)",
  },
  {
    dataset: "mnist",
    model: "glow",
    value: "1.05",
    unit: "bits/dim",
    budget: "full budget: the full-size multi-scale Glow (width 512), hundreds of epochs on GPUs",
    source: "Behrmann et al. (2019), arXiv:1811.00995, table 4",
  },
];

/** How the comparison is kept fair; printed with every report. */
export const comparisonRules: readonly string[] = [
  "Both models see the same training examples in the same order, from the same seed, and are tested on the same held-out examples.",
  "Their parameter counts lie within 10 % of each other on every data set.",
  "Both use the same optimiser with warm-up and global-norm clipping; step counts and learning rates are fixed in the preset and printed with the models. A step of the i-ResNet costs several times a step of Glow, so Glow is given more steps, for less time in all.",
  "No early stopping and no selection on test data: the numbers are those of the last step.",
  "2-D: the i-ResNet's log-determinant is exact (closed form for two dimensions), so both columns are exact likelihoods.",
  "Images: both models get integer pixels, uniform dequantisation and the same logit transform (alpha 1e-6), whose log-determinants are counted; bits/dim = NLL / (D ln 2). With dequantisation every figure is a bound on the discrete likelihood, for both models alike.",
  "Images: the i-ResNet's log-determinant is a truncated power series with random probes. It is biased by truncation; the terms, the probes and the most that truncation can cut off under the caps are printed.",
  "wasm under Node uses one core, so jobs run side by side: two on two cores halve the wall-clock. The ms figures are measured under that load and are upper bounds of what a quiet machine shows.",
];
