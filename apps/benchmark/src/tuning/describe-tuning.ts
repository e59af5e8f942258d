import Table from "cli-table3";
import { entryNamed } from "../catalogue/catalogue.ts";
import { kindTitles } from "../catalogue/data-kind.ts";
import { tasks } from "../catalogue/tasks/index.ts";
import { metrics } from "../metrics/index.ts";
import { groupBy } from "../results/group-by.ts";
import type { Outcome } from "../results/schema.ts";
import { tunedModels } from "./tuning.ts";
import type { Tuned } from "./tuning.ts";

/** For a terminal: what the search found for every model, and how the result depends on the learning rate. */
export function describeTuning(jobs: readonly Outcome[]): string {
  return groupBy(tunedModels(jobs), ({ kind }) => kind)
    .map((ofKind) => {
      const { kind } = ofKind[0]!;
      const rates = [
        ...new Set(ofKind.flatMap(({ trials }) => trials.map(({ learningRate }) => learningRate))),
      ].sort((a, b) => a - b);
      const table = new Table({
        head: [
          "model",
          "best rate",
          "warm-up",
          "clip",
          headingOf(jobs.find((job) => job.kind === kind)!),
          "runs",
          ...rates.map((rate) => `rate ${rate}`),
        ],
        style: { head: [], border: [], compact: true },
      });
      for (const tuned of ofKind) {
        const { model, best, trials } = tuned;
        table.push([
          ...[
            model,
            best.learningRate,
            best.warmupSteps,
            best.clipNorm,
            best.score.toFixed(4),
            trials.length,
          ],
          ...rates.map((rate) => bestAt(tuned, rate)),
        ]);
      }
      const title = `Search for settings: ${kindTitles[kind]} (mean of the validation splits)`;
      return [title, table.toString(), ...atTheEdge(ofKind, rates)].join("\n");
    })
    .join("\n");
}

/** What a job is judged by, with its unit. */
function headingOf({ task, unit: usualUnit }: Outcome): string {
  const { heading, unit = usualUnit } = entryNamed(metrics, entryNamed(tasks, task).headline);
  return `${heading}, ${unit}`;
}

/** Says for which models the best rate is the smallest or largest one, so that a better one may lie outside. */
function atTheEdge(tuned: readonly Tuned[], rates: readonly number[]): string[] {
  if (rates.length < 2) return [];
  return (
    [
      ["smallest", rates[0]],
      ["largest", rates.at(-1)],
    ] as const
  ).flatMap(([which, rate]) => {
    const models = tuned.filter(({ best }) => best.learningRate === rate).map(({ model }) => model);
    return models.length === 0
      ? []
      : [
          `The ${which} rate was the best for ${models.join(", ")}: others that were not tried may be better.`,
        ];
  });
}

/** The least mean with one learning rate, over the warm-ups and clippings that were tried with it. */
function bestAt({ trials }: Tuned, rate: number): string {
  const means = groupBy(
    trials.filter(({ learningRate }) => learningRate === rate),
    ({ warmupSteps, clipNorm }) => `${warmupSteps} ${clipNorm}`,
  ).map((same) => same.reduce((sum, { score }) => sum + (score?.value ?? Infinity), 0) / same.length);
  const least = Math.min(...means);
  return Number.isFinite(least) ? least.toFixed(4) : "diverged";
}
