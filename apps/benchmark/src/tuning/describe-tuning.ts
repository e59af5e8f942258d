import Table from "cli-table3";
import { kindTitles } from "../catalogue/data-kind.ts";
import { groupBy } from "../results/group-by.ts";
import type { Outcome } from "../results/schema.ts";
import { tunedModels } from "./tuning.ts";
import type { Tuned } from "./tuning.ts";

/** For a terminal: what the search found for every model, and how the NLL depends on the learning rate. */
export function describeTuning(jobs: readonly Outcome[]): string {
  return groupBy(tunedModels(jobs), ({ kind }) => kind)
    .map((ofKind) => {
      const rates = [
        ...new Set(ofKind.flatMap(({ trials }) => trials.map(({ learningRate }) => learningRate))),
      ].sort((a, b) => a - b);
      const table = new Table({
        head: [
          "model",
          "best rate",
          "warm-up",
          "clip",
          "NLL",
          "runs",
          ...rates.map((rate) => `rate ${rate}`),
        ],
        style: { head: [], border: [], compact: true },
      });
      for (const tuned of ofKind) {
        const { model, best, trials } = tuned;
        table.push([
          ...[model, best.learningRate, best.warmupSteps, best.clipNorm, best.nll.toFixed(4), trials.length],
          ...rates.map((rate) => bestAt(tuned, rate)),
        ]);
      }
      const unit = jobs.find(({ kind }) => kind === ofKind[0]!.kind)?.unit ?? "";
      return `Search for settings: ${kindTitles[ofKind[0]!.kind]} (mean NLL of the validation splits, ${unit})\n${table.toString()}`;
    })
    .join("\n");
}

/** The least mean NLL with one learning rate, over the warm-ups and clippings that were tried with it. */
function bestAt({ trials }: Tuned, rate: number): string {
  const means = groupBy(
    trials.filter(({ learningRate }) => learningRate === rate),
    ({ warmupSteps, clipNorm }) => `${warmupSteps} ${clipNorm}`,
  ).map((same) => same.reduce((sum, { nll }) => sum + (nll?.value ?? Infinity), 0) / same.length);
  const least = Math.min(...means);
  return Number.isFinite(least) ? least.toFixed(4) : "diverged";
}
