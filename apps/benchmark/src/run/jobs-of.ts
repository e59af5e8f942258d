import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { DataKind } from "../catalogue/data-kind.ts";
import type { RunChoices } from "./run-choices.ts";

/** One task on one data set with one model. */
export interface Job {
  /** Also of the job's files. */
  readonly name: string;
  readonly task: string;
  readonly dataset: string;
  readonly model: string;
  readonly kind: DataKind;
}

/** Every job of a run, in the order of the report. Models are left out where they cannot take a data set's kind. */
export function jobsOf(
  { datasets, models }: Pick<RunChoices, "datasets" | "models">,
  catalogue: Catalogue,
): Job[] {
  return datasets.flatMap((dataset) => {
    const { kind, tasks } = entryNamed(catalogue.datasets, dataset);
    return tasks.flatMap((task) =>
      models
        .filter((model) => entryNamed(catalogue.models, model).kinds.includes(kind))
        .map((model) => ({ name: jobName(task, dataset, model), task, dataset, model, kind })),
    );
  });
}

/** Density is the first and usual task: its jobs go without its name. */
function jobName(task: string, dataset: string, model: string): string {
  return task === "density" ? `${dataset}-${model}` : `${dataset}-${model}-${task}`;
}

/** Long jobs first, so that the last ones to finish are short and no core waits long. */
export function byDecreasingLength(jobs: readonly Job[]): Job[] {
  const rank = { image: 0, table: 1, plane: 2 };
  return [...jobs].sort((a, b) => rank[a.kind] - rank[b.kind]);
}
