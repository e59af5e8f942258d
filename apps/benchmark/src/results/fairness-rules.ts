import { groupBy } from "./group-by.ts";
import type { Outcome, Results } from "./schema.ts";

/** One rule that keeps the comparison fair. */
export interface FairnessRule {
  readonly name: string;
  /** As printed in every report. */
  readonly text: string;
  /** Where finished jobs of one task and data set break the rule, in words; empty where they keep it. */
  violations(jobs: readonly Outcome[]): readonly string[];
}

/** Largest parameter count over smallest. */
export const mostDifferenceInSize = 1.1;

export const fairnessRules: readonly FairnessRule[] = [
  {
    name: "same-examples",
    text: "All models see the same training examples in the same order, from the same seed, and are tested on the same held-out examples. A digest of all values proves it.",
    violations: sameIn("examples", ({ examples }) => examples.digest),
  },
  {
    name: "same-size",
    text: "The parameter counts of all models lie within 10 % of each other on every data set.",
    violations(jobs) {
      const bySize = [...jobs].sort((a, b) => a.parameters - b.parameters);
      const [least, most] = [bySize[0], bySize.at(-1)];
      if (!least || !most || most.parameters <= mostDifferenceInSize * least.parameters) return [];
      return [
        `${least.dataset}: ${most.model} has ${most.parameters} parameters, ${least.model} ${least.parameters}`,
      ];
    },
  },
  {
    name: "same-training",
    text: "All models are trained with the same optimiser, batch size, warm-up and clipping of the gradient. Step counts and learning rates are each model's own, fixed in the catalogue and printed: a step of one model can cost many times a step of another.",
    violations: sameIn("training", ({ training: { optimizer, batchSize, warmupSteps, clipNorm } }) =>
      [optimizer, batchSize, warmupSteps, clipNorm].join(", "),
    ),
  },
  {
    name: "last-step",
    text: "No early stopping and no selection on test data: the numbers are those of the last step.",
    violations: (jobs) =>
      jobs
        .filter(({ training }) => training.stepsDone !== training.steps)
        .map(({ name, training }) => `${name}: step ${training.stepsDone} of ${training.steps}`),
  },
  {
    name: "bias-is-bounded",
    text: "Every test NLL says how its log-determinant was obtained. A truncated series is biased, and the most that truncation can cut off is printed; an exact or unbiased one is not.",
    violations: (jobs) =>
      jobs
        .filter(({ metrics }) => {
          const { kind, bound } = (metrics["log-det"] ?? {}) as { kind?: string; bound?: number | null };
          return kind === "biased" && typeof bound !== "number";
        })
        .map(({ name }) => `${name}: the bias of its log-determinant is not bounded`),
  },
  {
    name: "same-likelihood",
    text: "Images: all models get integer pixels and uniform dequantisation, whose noise and log-determinants are counted; bits/dim = NLL / (D ln 2). Every figure is then a bound on the discrete likelihood, for all models alike. Points and tables: every figure is a likelihood itself.",
    violations: sameIn("likelihood", ({ metrics }) =>
      String((metrics["test-nll"] as { likelihood?: string } | undefined)?.likelihood),
    ),
  },
  {
    name: "times-under-load",
    text: "wasm under Node uses one core, so jobs run side by side: two on two cores halve the wall-clock. The ms figures are measured under that load and are upper bounds of what a quiet machine shows.",
    violations: sameIn("backend", ({ backend }) => backend.name),
  },
];

/** Every rule, with what these jobs break of it. */
export function judge(jobs: readonly Outcome[]): Results["rules"] {
  const groups = groupBy(jobs, ({ task, dataset }) => `${task} ${dataset}`);
  return fairnessRules.map(({ name, text, violations }) => ({
    name,
    text,
    violations: groups.flatMap((group) => violations(group)),
  }));
}

/** A rule that asks for one value in all jobs. */
function sameIn(what: string, of: (job: Outcome) => string): FairnessRule["violations"] {
  return (jobs) => {
    const different = [...new Set(jobs.map(of))];
    if (different.length <= 1) return [];
    const shown = jobs.map((job) => `${job.model} ${of(job)}`).join("; ");
    return [`${jobs[0]!.dataset}: ${what} differ (${shown})`];
  };
}
