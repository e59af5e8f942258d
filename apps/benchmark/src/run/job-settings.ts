import { entryNamed } from "../catalogue/catalogue.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { TrainingSettings } from "../catalogue/model-entry.ts";
import { presets } from "../presets/index.ts";
import type { Workload } from "../presets/preset.ts";
import { keptTuning } from "../tuning/kept-tuning.ts";
import { jobsOf } from "./jobs-of.ts";
import type { Job } from "./jobs-of.ts";
import type { RunChoices } from "./run-choices.ts";

/** What the preset says of the jobs of one kind of data. */
export function workloadOf(presetName: string, { kind }: Pick<Job, "kind">): Workload {
  const workload = entryNamed(presets, presetName).workloads[kind];
  if (!workload)
    throw new RangeError(`workloadOf: expected a kind of preset ${presetName}, received ${kind}`);
  return workload;
}

/** How a job is trained. */
export interface JobTraining extends TrainingSettings {
  readonly warmupSteps: number;
  readonly clipNorm: number;
  /** Trainings of the search that found the rate, the warm-up and the clipping; null where nobody searched. */
  readonly tunedWith: number | null;
}

/**
 * The settings of the model and of the preset, with what a search found for them, and with what the command line replaces. A
 * search itself begins with the former.
 */
export function trainingOf(
  job: Job,
  { preset, steps, grid }: Pick<RunChoices, "preset" | "steps" | "grid">,
  { models }: Catalogue,
  checkpointEvery?: number,
): JobTraining {
  const { size, warmupSteps, clipNorm } = workloadOf(preset, job);
  const own = entryNamed(models, job.model).training(job.kind, size);
  const { runs = null, ...tuned } = grid ? {} : (keptTuning(preset, job.model, job.kind) ?? {});
  return {
    ...own,
    ...{ warmupSteps, clipNorm, ...tuned, ...job.point },
    tunedWith: runs,
    steps: steps ?? own.steps,
    checkpointEvery: checkpointEvery ?? own.checkpointEvery,
  };
}

/** All of the code's settings that decide the numbers of a run: recorded, and compared before it goes on. */
export function settingsOf(choices: RunChoices, catalogue: Catalogue): unknown {
  const jobs = jobsOf(choices, catalogue);
  return {
    workloads: entryNamed(presets, choices.preset).workloads,
    training: Object.fromEntries(jobs.map((job) => [job.name, trainingOf(job, choices, catalogue)])),
  };
}
