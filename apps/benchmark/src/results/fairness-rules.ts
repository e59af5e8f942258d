import { groupBy } from "./group-by.ts";
import type { Outcome, Results } from "./schema.ts";

/** One rule that keeps the comparison fair. */
export interface FairnessRule {
  readonly name: string;
  /** As printed in every report. */
  readonly text: string;
  /** Where finished jobs of one task, data set and seed break the rule, in words; empty where they keep it. */
  violations(jobs: readonly Outcome[]): readonly string[];
}

/** Largest parameter count over smallest. */
export const mostDifferenceInSize = 1.1;

export const fairnessRules: readonly FairnessRule[] = [
  {
    name: "same-examples",
    text: "All models see the same training examples in the same order, and are tested on the same held-out examples. A digest of all values is compared to make sure.",
    violations: sameIn("examples", ({ examples }) => examples.digest),
  },
  {
    name: "same-size",
    text: "On every data set, the parameter counts of all models lie within 10 % of each other.",
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
    text: "All models are trained with the same optimiser, batch size and augmentation of the examples. Every model has its own number of steps and its own learning rate, because a step of one model can cost many times a step of another. This report prints both.",
    violations: sameIn("training settings", ({ training: { optimizer, batchSize, augmentation } }) =>
      [optimizer, batchSize, ...augmentation].join(", "),
    ),
  },
  {
    name: "same-search",
    text: "Warm-up and clipping of the gradient are the same for all models, unless they and the learning rate were found by a search. Then every model was given the same search: the same combinations, budgets and seeds, judged on examples held out from training. This report says how many trainings the search of each model had.",
    violations: sameIn("searches", ({ training: { warmupSteps, clipNorm, tunedWith } }) =>
      tunedWith === null ? `none, warm-up ${warmupSteps}, clip ${clipNorm}` : `${tunedWith} trainings`,
    ),
  },
  {
    name: "last-step",
    text: "The results are those after the last training step. No training stops early, and nothing is selected by its results on test data.",
    violations: (jobs) =>
      jobs
        .filter(({ training }) => training.stepsDone !== training.steps)
        .map(({ name, training }) => `${name} stopped at step ${training.stepsDone} of ${training.steps}`),
  },
  {
    name: "bias-is-bounded",
    text: "Every log-determinant says whether it is exact, unbiased or biased. A biased one comes with a bound: the most that it can be wrong on average.",
    violations: (jobs) =>
      jobs
        .filter(({ metrics }) => {
          const { kind, bound } = (metrics["log-det"] ?? {}) as { kind?: string; bound?: number | null };
          return kind === "biased" && typeof bound !== "number";
        })
        .map(({ name }) => `${name} has a biased log-determinant without a bound`),
  },
  {
    name: "same-likelihood",
    text: "The likelihoods of all models mean the same. They include the log-determinants of all rescaling. The pixels of images are integers, to which every model adds uniform noise between 0 and 1 (dequantisation). This makes the test NLL of images an upper bound, for all models alike.",
    violations: sameIn("kinds of likelihood", ({ metrics }) =>
      String((metrics["test-nll"] as { likelihood?: string } | undefined)?.likelihood),
    ),
  },
  {
    name: "times-under-load",
    text: "All models run on the same backend, and the same engine makes their training steps. Each uses one core unless more threads were asked for, so several models are trained at the same time. Times are measured while the others run, and would be shorter on a machine that does nothing else.",
    violations: (jobs) => [
      ...sameIn("backends", ({ backend }) => backend.name)(jobs),
      ...sameIn("engines", ({ engine }) => engine.name)(jobs),
    ],
  },
];

/** Every rule, with what these jobs break of it. */
export function judge(jobs: readonly Outcome[]): Results["rules"] {
  const groups = groupBy(jobs, ({ task, dataset, seed }) => `${task} ${dataset} ${seed}`);
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
