import { modelNames, presetNames } from "../catalogue/names.ts";
import { presets } from "../presets.ts";

/** The presets with their data sets, budgets and models. */
export function describeCatalogue(): string {
  const lines = presetNames.map((name) => {
    const { summary, workloads } = presets[name];
    const details = workloads.map(({ datasets, models, batchSize }) => {
      const budgets = modelNames.map(
        (model) => `${models[model].training.steps} steps of ${batchSize} for ${model}`,
      );
      return `      ${datasets.join(", ")}: ${budgets.join(", ")}`;
    });
    return [`  ${name.padEnd(8)}${summary}`, ...details].join("\n");
  });
  return ["Presets:", ...lines, "", `Models: ${modelNames.join(", ")}`].join("\n");
}

export const examples = `What is written, all in the run's folder:
  results.json   configuration, seed, versions, machine, every metric, loss curves
  report.html    one page with tables and figures; opens from disk, needs no network
  jobs/          the result of each finished job (data set x model)
  checkpoints/   the state of each job, for --resume
  run.json       the choices of this run
results.json and report.html of an earlier run stay until the new ones are complete.

Ctrl-C stops after the current step, writes the checkpoints and says how to go on. A second Ctrl-C stops at once.
--resume takes the choices of the interrupted run; an option given beside it has to agree with them.
Exit codes: 0 done, 1 a job failed, 2 the command line or the data is wrong, 130 interrupted.

Without --data, MNIST is downloaded from its official mirrors into a cache folder and its checksums are checked.

Examples:
  npm run bench
  npm run bench -- --datasets moons --models i-resnet --steps 200 --out results/moons
  npm run bench -- --preset mnist --data path/to/data
  npm run bench -- --resume --out results/moons`;
