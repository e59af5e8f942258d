import type { DatasetName, ModelName } from "../catalogue/names.ts";
import type { RunChoices } from "../cli/options.ts";
import { isPlane } from "../catalogue/names.ts";

/** One data set with one model; also the name of the job's files. */
export type JobName = `${DatasetName}-${ModelName}`;

export interface Job {
  readonly name: JobName;
  readonly dataset: DatasetName;
  readonly model: ModelName;
}

/** Every job of a run, in the order of the report. */
export function jobsOf(choices: Pick<RunChoices, "datasets" | "models">): Job[] {
  return choices.datasets.flatMap((dataset) =>
    choices.models.map((model) => ({ name: `${dataset}-${model}` as const, dataset, model })),
  );
}

/** Long jobs first, so that the last ones to finish are short and no core waits long. */
export function byDecreasingLength(jobs: readonly Job[]): Job[] {
  const rank = ({ dataset, model }: Job) => (isPlane(dataset) ? 2 : 0) + (model === "i-resnet" ? 0 : 1);
  return [...jobs].sort((a, b) => rank(a) - rank(b));
}
