import { z } from "zod";
import { dataKinds } from "../catalogue/data-kind.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { tasks } from "../catalogue/tasks/index.ts";
import { entryName } from "../catalogue/entry-name.ts";
import { groupBy } from "../results/group-by.ts";
import { choicesSchema } from "../results/schema.ts";
import type { Outcome } from "../results/schema.ts";

const score = z.strictObject({ value: z.number(), standardError: z.number() });

/** One training of a search. */
const trialSchema = z.strictObject({
  dataset: z.string().regex(entryName),
  seed: z.int().nonnegative(),
  learningRate: z.number().positive(),
  warmupSteps: z.int().nonnegative(),
  clipNorm: z.number().positive(),
  steps: z.int().positive(),
  /** By the metric that the task is judged by, on the validation split; null where the training diverged. */
  score: score.nullable(),
});

/** What the search found for one model and kind of data. */
const tunedSchema = z.strictObject({
  model: z.string().regex(entryName),
  kind: z.enum(dataKinds),
  best: z.strictObject({
    learningRate: z.number().positive(),
    warmupSteps: z.int().nonnegative(),
    clipNorm: z.number().positive(),
    /** Mean over the data sets and seeds. */
    score: z.number(),
  }),
  trials: z.array(trialSchema).nonempty(),
});

/** tuning.json: the log of a search. Kept in the folder `tuning` of this app, it decides how the preset trains. */
export const tuningSchema = z.strictObject({
  format: z.literal("invertible-benchmark-tuning/2"),
  finishedAt: z.string(),
  choices: choicesSchema,
  versions: z.record(z.string(), z.string()),
  models: z.array(tunedSchema),
});

export type Tuning = z.infer<typeof tuningSchema>;
export type Tuned = z.infer<typeof tunedSchema>;

/**
 * The best combination of each model and kind of data: the one with the least mean of what its task is judged by, on the validation
 * splits of all data sets and seeds. A combination that diverged once cannot be the best.
 */
export function tunedModels(jobs: readonly Outcome[]): Tuned[] {
  return groupBy(jobs, ({ model, kind }) => `${model} ${kind}`).flatMap((ofModel) => {
    const { model, kind } = ofModel[0]!;
    const trials = ofModel.map(trialOf);
    const means = groupBy(trials, ({ learningRate, warmupSteps, clipNorm }) =>
      [learningRate, warmupSteps, clipNorm].join(" "),
    ).map((same) => {
      const { learningRate, warmupSteps, clipNorm } = same[0]!;
      const sum = same.reduce((total, trial) => total + (trial.score?.value ?? Infinity), 0);
      return { learningRate, warmupSteps, clipNorm, score: sum / same.length };
    });
    const best = means.reduce((least, each) => (each.score < least.score ? each : least));
    if (!Number.isFinite(best.score)) return [];
    const [first, ...others] = trials;
    return [{ model, kind, best, trials: [first!, ...others] }];
  });
}

function trialOf({ task, dataset, seed, training, metrics }: Outcome): z.infer<typeof trialSchema> {
  const { learningRate, warmupSteps, clipNorm, steps } = training;
  const measured = z.looseObject(score.shape).safeParse(metrics[entryNamed(tasks, task).headline]).data;
  const { value, standardError } = measured ?? { value: NaN, standardError: NaN };
  const finite = Number.isFinite(value) && Number.isFinite(standardError);
  return {
    ...{ dataset, seed: seed ?? 0, learningRate, warmupSteps, clipNorm, steps },
    score: finite ? { value, standardError } : null,
  };
}
