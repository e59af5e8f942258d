import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import type { DataKind } from "../catalogue/data-kind.ts";
import { pointName, pointsOf } from "../tuning/grid.ts";
import type { GridPoint } from "../tuning/grid.ts";
import type { RunChoices } from "./run-choices.ts";

/** One task on one data set with one model and one seed. */
export interface Job {
  /** Also of the job's files. */
  readonly name: string;
  readonly task: string;
  readonly dataset: string;
  readonly model: string;
  readonly kind: DataKind;
  readonly seed: number;
  /** What a search tries in place of the model's own settings. */
  readonly point: GridPoint | null;
}

/** What decides which jobs there are. */
export type Selection = Pick<RunChoices, "datasets" | "models" | "seed" | "seeds" | "grid">;

/** Every job of a run, in the order of the report. Models are left out where they cannot take a data set's kind, or are not built for a task. */
export function jobsOf(
  { datasets, models, seed: first, seeds, grid }: Selection,
  catalogue: Catalogue,
): Job[] {
  return datasets.flatMap((dataset) => {
    const { kind, tasks } = entryNamed(catalogue.datasets, dataset);
    return tasks.flatMap((task) =>
      models
        .filter((model) => {
          const { kinds, tasks: own = ["density"] } = entryNamed(catalogue.models, model);
          return kinds.includes(kind) && own.includes(task);
        })
        .flatMap((model) =>
          Array.from({ length: seeds }, (_, i) =>
            (grid ? pointsOf(grid) : [null]).map((point) => ({
              name: [
                jobName(task, dataset, model),
                ...(point ? [pointName(point)] : []),
                ...(i === 0 ? [] : [`seed${first + i}`]),
              ].join("-"),
              ...{ task, dataset, model, kind, seed: first + i, point },
            })),
          ).flat(),
        ),
    );
  });
}

/** Density is the first and usual task, so its jobs go without its name. The first seed is the usual one likewise. */
function jobName(task: string, dataset: string, model: string): string {
  return task === "density" ? `${dataset}-${model}` : `${dataset}-${model}-${task}`;
}

/**
 * Names what decides how fast a job trains, and so which jobs share a measured pace: the model and the data set, or, in the
 * plane, the model alone, because all points are alike there.
 */
export function paceName({ task, dataset, model, kind }: Job): string {
  return jobName(task, kind === "plane" ? "plane" : dataset, model);
}

/** Long jobs first, so that the last ones to finish are short and no core waits long. */
export function byDecreasingLength(jobs: readonly Job[]): Job[] {
  const rank = { image: 0, table: 1, plane: 2 };
  return [...jobs].sort((a, b) => rank[a.kind] - rank[b.kind]);
}
