import { entryNamed } from "../../catalogue/catalogue.ts";
import type { Catalogue } from "../../catalogue/catalogue.ts";
import { kindTitles } from "../../catalogue/data-kind.ts";
import { tasks } from "../../catalogue/tasks/index.ts";
import { metrics } from "../../metrics/index.ts";
import { placeOf } from "../../metrics/metric.ts";
import type { Metric, Ranking } from "../../metrics/metric.ts";
import { formatEstimate } from "../../metrics/over-seeds.ts";
import { groupBy } from "../group-by.ts";
import type { Outcome, Results } from "../schema.ts";

/** What a paper prints of one comparison: a metric that the task is judged by, models as rows, data sets as columns. */
export interface HeadlineTable {
  readonly title: string;
  /** What is measured, in which unit, what is better, and what ± means. */
  readonly caption: string;
  readonly datasets: readonly string[];
  readonly rows: readonly HeadlineRow[];
  /** What the literature reports, in rows of its own: never the best of a column. */
  readonly published: readonly HeadlineRow[];
  /** Of the published values, one sentence each. */
  readonly sources: readonly string[];
}

export interface HeadlineRow {
  readonly label: string;
  readonly cells: readonly HeadlineCell[];
}

export interface HeadlineCell {
  /** "2.784 ± 0.012", or nothing where nothing was measured. */
  readonly text: string;
  readonly best: boolean;
}

type Shown = Pick<Results, "jobs" | "published">;

/** One for each task, kind of data and metric that the task is judged by. Every model is named by its title. */
export function headlineTables({ jobs, published }: Shown, { models }: Pick<Catalogue, "models">) {
  const used = unique(jobs.map(({ model }) => model));
  const titleOf = (model: string) => models.find(({ name }) => name === model)?.title ?? model;
  const titles = used.map(titleOf);
  const label = (model: string) => {
    const title = titleOf(model);
    return titles.filter((other) => other === title).length > 1 ? `${title} (${model})` : title;
  };
  return groupBy(jobs, ({ task, kind }) => `${task} ${kind}`).flatMap((group) => {
    const { headline, alsoJudgedBy = [] } = entryNamed(tasks, group[0]!.task);
    return [
      headlineTable(group, headline, published, label),
      // What is published are values of the headline.
      ...alsoJudgedBy.map((name) => headlineTable(group, name, [], label)),
    ];
  });
}

function headlineTable(
  jobs: readonly Outcome[],
  metricName: string,
  published: Results["published"],
  labelOf: (model: string) => string,
): HeadlineTable {
  const { task: taskName, kind, unit: usualUnit } = jobs[0]!;
  const task = entryNamed(tasks, taskName);
  const metric = rankedMetric(metricName);
  const unit = metric.unit ?? usualUnit;
  const datasets = unique(jobs.map(({ dataset }) => dataset));
  const models = unique(jobs.map(({ model }) => model));
  const columns = datasets.map((dataset) =>
    columnOf(
      metric,
      models.map((model) => jobs.filter((job) => job.model === model && job.dataset === dataset)),
    ),
  );
  const figure = (model: string, dataset: string): HeadlineCell => {
    const found = published.find((p) => p.model === model && p.dataset === dataset);
    const text = found ? `${found.value}${found.unit === unit ? "" : ` ${found.unit}`}` : "";
    return { text, best: false };
  };
  const beside = published.filter(
    ({ model, dataset }) => models.includes(model) && datasets.includes(dataset),
  );
  return {
    title: `${task.title}: ${kindTitles[kind]}`,
    caption: captionOf(metric, unit, unique(jobs.map(({ seed }) => String(seed))).length),
    datasets,
    rows: models.map((model, i) => ({
      label: labelOf(model),
      cells: columns.map((column) => column[i]!),
    })),
    published: models
      .filter((model) => beside.some((p) => p.model === model))
      .map((model) => ({
        label: `${labelOf(model)}, published`,
        cells: datasets.map((dataset) => figure(model, dataset)),
      })),
    sources: beside.map(({ model, dataset, source }) => `${labelOf(model)} on ${dataset}: ${source}.`),
  };
}

/** One data set: the cells of all models, of which the best are marked. */
function columnOf(metric: RankedMetric, models: readonly (readonly Outcome[])[]): readonly HeadlineCell[] {
  const { ranking } = metric;
  const estimates = models.map((jobs) =>
    jobs.length === 0 ? null : ranking.estimate(jobs.map((job) => job[placeOf(metric)][metric.name])),
  );
  const known = estimates.flatMap((estimate) => (estimate === null ? [] : [estimate.value]));
  const best = ranking.better === "smaller" ? Math.min(...known) : Math.max(...known);
  return estimates.map((estimate) => ({
    text: estimate === null ? "" : formatEstimate(estimate),
    best: estimate?.value === best,
  }));
}

function captionOf({ heading, ranking }: RankedMetric, unit: string, seeds: number): string {
  const what = `${heading[0]!.toUpperCase()}${heading.slice(1)} in ${unit}, ${ranking.better} is better.`;
  const error =
    seeds === 1
      ? "The number after ± is the standard error over the test examples."
      : `Mean over ${seeds} seeds. The number after ± is its standard error over seeds, and the one in parentheses is the standard error over the test examples of one seed.`;
  return `${what} ${error} The best value of each column is bold.`;
}

interface RankedMetric extends Metric {
  readonly ranking: Ranking<unknown>;
}

/** @throws Error for a metric that a task names and that has no ranking */
function rankedMetric(name: string): RankedMetric {
  const metric = metrics.find((each) => each.name === name);
  if (!metric?.ranking)
    throw new Error(`table of ${name}: expected a metric with a ranking, found none of that name`);
  return { ...metric, ranking: metric.ranking };
}

const unique = (names: readonly string[]) => [...new Set(names)];
