import { formatCount, formatMilliseconds, formatSmall, formatWithError } from "./format.ts";
import { published } from "./published.ts";
import type { Outcome } from "./schema.ts";

/** A column of the summary, on the terminal and in the report. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
  readonly text: (outcome: Outcome) => string;
  /** One sentence for the glossary. */
  readonly meaning: string;
}

export const columns: readonly Column[] = [
  { heading: "data", align: "left", text: (o) => o.dataset, meaning: "The data set." },
  {
    heading: "model",
    align: "left",
    text: (o) => o.model,
    meaning: "The model: i-resnet (invertible residual blocks) or glow (affine couplings).",
  },
  {
    heading: "test NLL",
    align: "right",
    text: (o) => `${formatWithError(o.test.value, o.test.standardError)} ${o.unit}`,
    meaning:
      "Mean negative log-likelihood of held-out examples, smaller is better, ± its standard error; nats per example in 2-D, bits/dim = NLL / (D ln 2) for images.",
  },
  {
    heading: "entropy",
    align: "right",
    text: (o) => (o.dataEntropy === null ? "unknown" : o.dataEntropy.value.toFixed(3)),
    meaning:
      "Entropy of the data in the same unit, where it is known: no model can have a smaller expected test NLL.",
  },
  {
    heading: "published",
    align: "right",
    text: (o) => published.find((p) => p.dataset === o.dataset && p.model === o.model)?.value ?? "",
    meaning:
      "What the literature reports at full budget (days on GPUs), for orientation only; its sources are listed below.",
  },
  {
    heading: "log-det",
    align: "left",
    text: (o) => describeLogDet(o),
    meaning:
      "How the log-determinant in the test NLL was obtained: exact, or estimated by a truncated power series with so many terms and random probes.",
  },
  {
    heading: "recon. max",
    align: "right",
    text: (o) => formatSmall(o.reconstruction.max),
    meaning:
      "Largest |x - inverse(forward(x))| over all components: data units in 2-D, fraction of the pixel range for images.",
  },
  {
    heading: "mean",
    align: "right",
    text: (o) => formatSmall(o.reconstruction.mean),
    meaning: "The same error, mean over all components.",
  },
  {
    heading: "inverse it.",
    align: "right",
    text: (o) =>
      o.inverse.method === "analytic"
        ? "0 (analytic)"
        : `${o.inverse.iterations}${o.inverse.converged ? "" : " (cap)"}`,
    meaning:
      "Most fixed-point iterations any layer needed to reach its tolerance; an analytic inverse needs none.",
  },
  {
    heading: "ms/step",
    align: "right",
    text: (o) => formatMilliseconds(o.timing.millisecondsPerStep),
    meaning:
      "Median wall-clock of one training step (loss, gradients, clipping, optimiser, power iterations), in milliseconds.",
  },
  {
    heading: "ms/sample",
    align: "right",
    text: (o) => formatMilliseconds(o.timing.millisecondsPerSample),
    meaning: "Wall-clock of drawing one sample through the inverse, in milliseconds, amortised over a batch.",
  },
  {
    heading: "parameters",
    align: "right",
    text: (o) => formatCount(o.parameters),
    meaning: "Trained numbers in the model.",
  },
  {
    heading: "backend",
    align: "left",
    text: (o) => o.backend.name,
    meaning: "Where the tensors were computed.",
  },
];

/** The columns that say something about these outcomes: "published" only where there is a figure. */
export function columnsFor(outcomes: readonly Outcome[]): readonly Column[] {
  return columns.filter(
    ({ heading, text }) => heading !== "published" || outcomes.some((o) => text(o) !== ""),
  );
}

export function describeLogDet({ logDet }: Outcome): string {
  if (logDet.kind === "exact") return "exact";
  const { terms, probes } = logDet;
  const parts = [
    terms === null ? "" : `${terms} terms`,
    probes === null ? "" : `${probes} probe${probes === 1 ? "" : "s"}`,
  ];
  return `estimated: ${parts.filter(Boolean).join(", ")}`;
}
