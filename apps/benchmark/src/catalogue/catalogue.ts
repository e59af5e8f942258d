import { classifiers } from "./classifiers/index.ts";
import type { DatasetEntry } from "./dataset-entry.ts";
import { datasets } from "./datasets/index.ts";
import { fewLabelModels } from "./few-labels/index.ts";
import { hybrids } from "./hybrids/index.ts";
import type { ModelEntry } from "./model-entry.ts";
import { models } from "./models/index.ts";
import type { TaskEntry } from "./task-entry.ts";
import { tasks } from "./tasks/index.ts";

/** Everything a run can choose from. */
export interface Catalogue {
  readonly models: readonly ModelEntry[];
  readonly datasets: readonly DatasetEntry[];
  readonly tasks: readonly TaskEntry[];
}

/** What this repository brings. */
export const ownCatalogue: Catalogue = {
  models: [...models, ...classifiers, ...hybrids, ...fewLabelModels],
  datasets,
  tasks,
};

/** @throws RangeError for a name that no entry has. */
export function entryNamed<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
): Entry {
  const found = entries.find((entry) => entry.name === name);
  if (!found)
    throw new RangeError(
      `entryNamed: expected one of ${entries.map((entry) => entry.name).join(", ")}, received ${name}`,
    );
  return found;
}
