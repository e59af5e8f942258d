import type { Catalogue } from "../catalogue/catalogue.ts";
import { kindTitles } from "../catalogue/data-kind.ts";
import { presets } from "../presets/index.ts";

/** The presets, models and data sets by name. */
export function describeCatalogue({ models, datasets }: Catalogue): string {
  const list = (entries: readonly { readonly name: string }[], text: (index: number) => string) => {
    const width = Math.max(...entries.map(({ name }) => name.length)) + 2;
    return entries.map(({ name }, i) => `  ${name.padEnd(width)}${text(i)}`);
  };
  const usual = presets.filter(({ table }) => !table);
  const tables = presets.filter(({ table }) => table);
  return [
    "Presets:",
    ...list(usual, (i) => usual[i]!.summary),
    "",
    "Tables (npm run bench -- table <name>):",
    ...list(tables, (i) => tables[i]!.summary),
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

export const details = `A job is one model on one data set. Every job runs in a process of its own.

Results, in the folder of the run:
  report.html    all tables and figures on one page, which needs no network
  results.json   the same numbers for programs, with seed, versions and machine
  tables.md      the comparison as Markdown, and in tables.tex as LaTeX
  jobs/          the result of every finished job
  checkpoints/   the state of every job, from which --resume continues
  models/        with --export-onnx, log-probability and inverse of every trained model as .onnx files
  run.json       what was asked for
The report and results of an earlier run stay until the new ones are complete.

Data of your own:
  Name them with --datasets and say with --data where they are:
    a folder with train and test as .npy or .csv files
    a folder with files in MNIST's format: train-images-idx3-ubyte and t10k-images-idx3-ubyte, plain or .gz
    one .npz file with arrays named train and test
    one .npz, .npy or .csv file with one table, of which a fifth is held out for the test
  Arrays of bytes with three or four axes are images. Arrays with two axes are tables, whose columns are
  scaled to mean 0 and standard deviation 1.
  MNIST, Fashion-MNIST, CIFAR, optdigits and ADBench need no --data: their files are downloaded into a cache folder, and
  their checksums are checked. power, gas, hepmass, miniboone and bsds300 need --data with the unpacked archive of the MAF paper.

Models of your own:
  apps/benchmark/README.md shows the files that --model and --dataset take. What they bring is added to the preset.
  With --models and --datasets you choose among everything.

Interruptions:
  Ctrl-C stops after the current step, saves checkpoints and says how to continue. A second Ctrl-C stops at once.
  --resume finds the options of the interrupted run in its folder. Those that you repeat must agree with them.

Many machines:
  With --queue, workers on other machines run the jobs: see npm run bench -- worker --help
  npm run bench -- slurm <what would run here> writes an array job, and collect builds its report.

Exit codes: 0 done, 1 a job failed, 2 the command line or the data are wrong, 130 interrupted.

Examples:
  npm run bench
  npm run bench -- --datasets moons --models i-resnet --steps 200 --out results/moons
  npm run bench -- --models all --datasets moons
  npm run bench -- --model mine=./mine.js --models mine,glow --datasets moons
  npm run bench -- --preset mnist
  npm run bench -- --datasets my-digits --data path/to/folder
  npm run bench -- --resume --out results/moons`;
