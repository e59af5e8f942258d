import { kindTitles } from "../catalogue/data-kind.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { tasks } from "../catalogue/tasks/index.ts";
import { metrics } from "../metrics/index.ts";
import { placeOf } from "../metrics/metric.ts";
import type { Metric } from "../metrics/metric.ts";
import { groupBy } from "./group-by.ts";
import type { Outcome, Results } from "./schema.ts";

/** The comparison of one task on one kind of data: a row for each model, a column for each data set. */
export interface ComparisonTable {
  readonly title: string;
  readonly datasets: readonly string[];
  /** One for each metric, in the order of the metrics. */
  readonly groups: readonly RowGroup[];
}

export interface RowGroup {
  readonly heading: string;
  readonly meaning: string;
  readonly rows: readonly { readonly label: string; readonly cells: readonly string[] }[];
}

/** Of all finished jobs, by task and kind of data. */
export function comparisonTables(
  jobs: readonly Outcome[],
  published: Results["published"],
): ComparisonTable[] {
  return groupBy(jobs, ({ task, kind }) => `${task} ${kind}`).map((group) =>
    comparisonTable(group, published),
  );
}

function comparisonTable(jobs: readonly Outcome[], published: Results["published"]): ComparisonTable {
  const { task: taskName, kind } = jobs[0]!;
  const task = entryNamed(tasks, taskName);
  const datasets = unique(jobs.map(({ dataset }) => dataset));
  const models = unique(jobs.map(({ model }) => model));
  const rows = (cell: (model: string, dataset: string) => string) =>
    models.map((label) => ({ label, cells: datasets.map((dataset) => cell(label, dataset)) }));
  const find = (model: string, dataset: string) =>
    jobs.filter((job) => job.model === model && job.dataset === dataset);
  // One job for each seed: where a table grew, several models have measured the same data.
  const onceWith = (metric: Metric, dataset: string) =>
    jobs
      .filter((job) => job.dataset === dataset && job[placeOf(metric)][metric.name] !== undefined)
      .filter(({ seed }, i, all) => all.findIndex((other) => other.seed === seed) === i);

  const applying = metrics.filter((metric) => metric.appliesTo({ task: taskName, kind }));
  const ordered = [
    ...applying.filter(({ name }) => name === task.headline),
    ...applying.filter(({ name }) => name !== task.headline),
  ];
  const measured = ordered.map((metric) => ({
    heading: metric.heading,
    meaning: metric.meaning,
    rows:
      metric.from === "data"
        ? [{ label: "any", cells: datasets.map((dataset) => cellOf(metric, onceWith(metric, dataset))) }]
        : rows((model, dataset) => cellOf(metric, find(model, dataset))),
  }));
  const figureOf = (model: string, dataset: string) =>
    published.find((p) => p.model === model && p.dataset === dataset)?.value ?? "";
  const literature = {
    heading: "published",
    meaning:
      "What the literature reports. These networks were many times larger and were trained for days on GPUs, so this is for orientation only. The sources are listed below.",
    rows: rows(figureOf).filter(({ cells }) => cells.some((cell) => cell !== "")),
  };
  const [headline, ...others] = measured;
  return {
    title: `${task.title}: ${kindTitles[kind]}`,
    datasets,
    // A metric that no job of an older file has says nothing.
    groups: [headline!, literature, ...others].filter((group) =>
      group.rows.some(({ cells }) => cells.some((cell) => cell !== "")),
    ),
  };
}

/** Of the seeds of one model and data set. Empty for jobs that are missing, and for values that are missing or of another version. */
function cellOf(metric: Metric, jobs: readonly Outcome[]): string {
  const stored = jobs.map((job) => job[placeOf(metric)][metric.name]);
  const [first] = jobs;
  return first === undefined || stored.includes(undefined) ? "" : (metric.text(stored, first.unit) ?? "");
}

const unique = (names: readonly string[]) => [...new Set(names)];
