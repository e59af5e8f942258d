import { entryNamed } from "../catalogue/catalogue.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { TrainingSettings } from "../catalogue/model-entry.ts";
import { presets } from "../presets/index.ts";
import type { Workload } from "../presets/preset.ts";
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

/** How a job is trained: the model's own settings, with what the command line replaces. */
export function trainingOf(
  job: Job,
  { preset, steps }: Pick<RunChoices, "preset" | "steps">,
  { models }: Catalogue,
  checkpointEvery?: number,
): TrainingSettings {
  const own = entryNamed(models, job.model).training(job.kind, workloadOf(preset, job).size);
  return { ...own, steps: steps ?? own.steps, checkpointEvery: checkpointEvery ?? own.checkpointEvery };
}

/** All of the code's settings that decide the numbers of a run: recorded, and compared before it goes on. */
export function settingsOf(choices: RunChoices, catalogue: Catalogue): unknown {
  const jobs = jobsOf(choices, catalogue);
  return {
    workloads: entryNamed(presets, choices.preset).workloads,
    training: Object.fromEntries(jobs.map((job) => [job.name, trainingOf(job, choices, catalogue)])),
  };
}
