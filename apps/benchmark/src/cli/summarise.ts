import { existsSync } from "node:fs";
import { describeExports } from "../results/describe-exports.ts";
import { formatDuration } from "../results/format.ts";
import { machinesOf } from "../results/machines-of.ts";
import type { Results } from "../results/schema.ts";
import { renderTables } from "../results/terminal-table.ts";
import { pathsOf } from "../run/folder.ts";
import { describeTuning } from "../tuning/describe-tuning.ts";
import { keptFile } from "../tuning/kept-tuning.ts";
import { shown } from "./shown.ts";

function summariseSearch({ jobs, choices }: Results, folder: string): void {
  const { tuning } = pathsOf(folder);
  process.stdout.write(
    [
      "",
      describeTuning(jobs),
      "",
      `Log of the search: ${shown(tuning)}`,
      `To train with what it found, copy the log to ${shown(keptFile(choices.preset))}`,
      "",
    ].join("\n"),
  );
}

export const tablesFor = (results: Pick<Results, "jobs" | "published">) =>
  renderTables(results, process.stdout.isTTY ? process.stdout.columns : 220);

function describeSeeds({ seed, seeds }: Results["choices"]): string {
  return seeds === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + seeds - 1}`;
}

function describeWhere({ jobs, machine, timing, choices }: Results): string {
  const used = machinesOf(jobs);
  const many = `on ${used.map(({ machine: { name }, jobs: own }) => `${name} (${own.length} ${own.length === 1 ? "job" : "jobs"})`).join(", ")}`;
  const where = used.length > 0 ? many : `on ${machine.cores} x ${machine.processor}`;
  const sideBySide =
    timing.jobsSideBySide === null ? "" : ` and at most ${timing.jobsSideBySide} jobs at a time`;
  return `${where}, with ${describeSeeds(choices)}${sideBySide}`;
}

export function summarise(results: Results, folder: string): void {
  if (results.choices.grid) return summariseSearch(results, folder);
  const { report, results: resultsFile, models, markdown, latex } = pathsOf(folder);
  // A folder of an earlier version has none.
  const tables = [markdown, latex].filter((path) => existsSync(path));
  process.stdout.write(
    [
      "",
      tablesFor(results),
      "",
      `The run took ${formatDuration(results.timing.seconds)} minutes ${describeWhere(results)}.`,
      `Results: ${shown(resultsFile)}`,
      `Report:  ${shown(report)}`,
      ...(tables.length === 0 ? [] : [`Tables:  ${tables.map(shown).join(" and ")}`]),
      ...describeExports(results.jobs, shown(models)),
      "",
    ].join("\n"),
  );
}
