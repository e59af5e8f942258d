import type { Catalogue } from "../catalogue/catalogue.ts";
import { kindTitles } from "../catalogue/data-kind.ts";
import { presets } from "../presets/index.ts";

/** The presets, models and data sets by name. */
export function describeCatalogue({ models, datasets }: Catalogue): string {
  const list = (entries: readonly { readonly name: string }[], text: (index: number) => string) => {
    const width = Math.max(...entries.map(({ name }) => name.length)) + 2;
    return entries.map(({ name }, i) => `  ${name.padEnd(width)}${text(i)}`);
  };
  return [
    "Presets:",
    ...list(presets, (i) => presets[i]!.summary),
    "",
    "Models:",
    ...list(
      models,
      (i) => `${models[i]!.title} (${models[i]!.kinds.map((kind) => kindTitles[kind]).join(", ")})`,
    ),
    "",
    "Data sets:",
    ...list(datasets, (i) => `${datasets[i]!.title} (${kindTitles[datasets[i]!.kind]})`),
  ].join("\n");
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

--data reads a folder in MNIST's format (train-images-idx3-ubyte and t10k-images-idx3-ubyte, plain or .gz), a folder with
train and test as .npy or .csv, or one .npz, .npy or .csv file, of which a fifth is held out. Give the data a name of their own
with --datasets. Arrays of bytes with three or four axes are images; two axes are rows of numbers, whose columns are shifted and
scaled to mean 0 and standard deviation 1 in training. Without --data, MNIST is downloaded from its official mirrors into a cache folder and its checksums are checked.

A model or data set of your own takes part in every table and figure: docs/extending.md shows the file that it needs.
What is given with --model and --dataset is added to the preset's; --models and --datasets choose among all.

Examples:
  npm run bench
  npm run bench -- --datasets moons --models i-resnet --steps 200 --out results/moons
  npm run bench -- --models all --datasets moons
  npm run bench -- --model mine=./mine.js --models mine,glow --datasets moons
  npm run bench -- --preset mnist --data path/to/data
  npm run bench -- --datasets my-digits --data path/to/folder
  npm run bench -- --resume --out results/moons`;
