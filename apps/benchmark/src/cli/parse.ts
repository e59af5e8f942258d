import { Command, Option } from "commander";
import { backendNames } from "../backend-names.ts";
import { engineNames } from "../engine-names.ts";
import { presets } from "../presets/index.ts";
import { ownCatalogue } from "../catalogue/catalogue.ts";
import type { NamedFile } from "../catalogue/extensions/extension.ts";
import { defaultJobs, largestSeed } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { describeCatalogue, details } from "./help.ts";
import { failUsage, UsageError } from "./usage-error.ts";
import { usualRates } from "../tuning/grid.ts";
import { environmentNames } from "../queue/address.ts";
import type { SlurmOptions } from "../slurm/array-script.ts";
import { describeStudies, parseFigure } from "./parse-figure.ts";
import type { ParsedFigure } from "./parse-figure.ts";
import { isMachineWord, parseMachine, withSlurm } from "./parse-machine.ts";
import type { ParsedMachine } from "./parse-machine.ts";
import { readOptions, withHelp } from "./read-options.ts";
import type { Budget } from "./values.ts";
import { budget, namedFile, names, numbers, oneOf, wholeNumber } from "./values.ts";

/** What a command line asks for. */
export type Parsed = ParsedRun | ParsedSlurm | ParsedFigure | ParsedMachine;

type ParsedRun =
  { readonly kind: "run"; readonly given: GivenOptions } | { readonly kind: "help"; readonly text: string };

/** A run whose jobs are to be tasks of an array job. */
interface ParsedSlurm {
  readonly kind: "slurm";
  readonly given: GivenOptions;
  readonly slurm: SlurmOptions;
}

/** Adds options to those of a run. */
type Dress = (command: Command) => Command;
const plain: Dress = (command) => command;

/** @throws UsageError for an unknown option, a missing value or a value outside its range. */
export function parse(commandLine: readonly string[]): Parsed {
  const [word, name, ...rest] = commandLine;
  if (word === "figure") return parseFigure(name, rest);
  if (word === "slurm") return parseSlurm(commandLine.slice(1));
  if (isMachineWord(word)) return parseMachine(word, commandLine.slice(1));
  return parseRun(commandLine, plain);
}

function parseRun([word, name, ...rest]: readonly string[], dress: Dress): ParsedRun {
  if (word === "table") return parseTable(name, rest, dress);
  if (word === "tune") return parseTune(name, rest, dress);
  const all = [word, name, ...rest].filter((each) => each !== undefined);
  return parseOptions(all, dress(describeCommand()));
}

/** slurm <what would run here>, with the options of sbatch. */
function parseSlurm(commandLine: readonly string[]): ParsedSlurm | ParsedRun {
  const parsed = parseRun(commandLine, withSlurm);
  if (parsed.kind === "help") return parsed;
  const { sbatch = [], ...given } = parsed.given as GivenOptions & Partial<SlurmOptions>;
  for (const option of ["queue", "shared", "dashboard", "jobs", "checkpointEvery"] as const)
    if (given[option] !== undefined)
      throw new UsageError(
        `slurm with --${option === "checkpointEvery" ? "checkpoint-every" : option}: expected a run whose jobs Slurm starts, received an option of another way to run them`,
      );
  return { kind: "slurm", given, slurm: { sbatch } };
}

/** tune <preset>: the options of a run, and the grid. */
function parseTune(name: string | undefined, options: readonly string[], dress: Dress): ParsedRun {
  if (name === "--help" || name === "-h") return parseOptions([name], dress(describeTune()));
  const names = presets.map((preset) => preset.name);
  const preset = oneOf("tune", names, name ?? "");
  const parsed = parseOptions(options, dress(describeTune()));
  if (parsed.kind === "help") return parsed;
  const { rates, warmUps, clips, ...given } = parsed.given as GivenOptions & GridOptions;
  const tune = {
    ...(rates && { learningRates: rates }),
    ...(warmUps && { warmUps }),
    ...(clips && { clips }),
  };
  return { kind: "run", given: { ...withPreset("tune", given, preset), tune } };
}

/** table <name>: the same options, for a preset that is a table. */
function parseTable(name: string | undefined, options: readonly string[], dress: Dress): ParsedRun {
  if (name === "--help" || name === "-h") return parseOptions([name], dress(describeCommand()));
  const tables = presets.filter(({ table }) => table).map((preset) => preset.name);
  const preset = oneOf("table", tables, name ?? "");
  const parsed = parseOptions(options, dress(describeCommand()));
  if (parsed.kind === "help") return parsed;
  return { kind: "run", given: withPreset("table", parsed.given, preset) };
}

function withPreset(word: string, given: GivenOptions, preset: string): GivenOptions {
  if (given.preset !== undefined)
    throw new UsageError(
      `${word} ${preset} with --preset: expected one of them, received both (${word} names its preset itself)`,
    );
  return { ...given, preset };
}

function parseOptions(commandLine: readonly string[], command: Command): ParsedRun {
  const read = readOptions<GivenOptions & { budget?: Budget }>("bench", command, commandLine);
  if (read.kind === "help") return read;
  const { budget: amount, ...given } = read.options;
  if (amount !== undefined && given.steps !== undefined)
    throw new UsageError(
      "--budget with --steps: expected one of them, received both (either says how long to train)",
    );
  return { kind: "run", given: { ...given, ...amount } };
}

/** As commander names what `describeTune` adds. */
interface GridOptions {
  readonly rates?: [number, ...number[]];
  readonly warmUps?: [number, ...number[]];
  readonly clips?: [number, ...number[]];
}

function describeTune(): Command {
  return describeCommand()
    .option("--rates <numbers>", `learning rates to try (default: ${usualRates.join(",")})`, (v) =>
      numbers("--rates", { above: 0, most: 10 }, v),
    )
    .option("--warm-ups <numbers>", "numbers of warm-up steps to try (default: the preset's)", (v) =>
      numbers("--warm-ups", { above: -1, most: 1e6, whole: true }, v),
    )
    .option("--clips <numbers>", "largest norms of a gradient to try (default: the preset's)", (v) =>
      numbers("--clips", { above: 0, most: 1e9 }, v),
    );
}

function describeCommand(): Command {
  const text = (option: string) => (value: string) =>
    value === "" ? failUsage(option, "a folder", value) : value;
  const command = new Command("npm run bench --")
    .description("Trains invertible networks on the same data and compares them in a report.")
    .option(
      "--preset <name>",
      "which data, models and sizes to use where you name none (default: quick)",
      (v) =>
        oneOf(
          "--preset",
          presets.filter(({ table }) => !table).map(({ name }) => name),
          v,
        ),
    )
    .option(
      "--data <path>",
      "a folder or file with data of your own, or with the files of MNIST",
      text("--data"),
    )
    .option(
      "--models <names>",
      'train only these models, separated by commas; "all" means every model for the same task',
      (v) => names("--models", v),
    )
    .option("--datasets <names>", "use only these data sets, separated by commas", (v) =>
      names("--datasets", v),
    )
    .option(
      "--model <name=file>",
      "add a model of your own from a JavaScript file; can be repeated",
      (v, before) => [...((before ?? []) as NamedFile[]), namedFile("--model", v)],
    )
    .option(
      "--dataset <name=file>",
      "add a data set of your own from a JavaScript file; can be repeated",
      (v, before) => [...((before ?? []) as NamedFile[]), namedFile("--dataset", v)],
    )
    .option("--steps <n>", "train every model for n steps instead of the number that it chooses", (v) =>
      wholeNumber("--steps", 1, 1e7, v),
    )
    .option(
      "--budget <amount>",
      "how long to train every model: a time such as 90s, 6m or 2h, or a number of steps such as 5000steps",
      (v) => budget("--budget", v),
    )
    .option("--seed <n>", "the same seed gives the same numbers again (default: 1)", (v) =>
      wholeNumber("--seed", 0, largestSeed, v),
    )
    .option(
      "--seeds <n>",
      "train every model with n seeds, and report the mean and its standard error (default: 1)",
      (v) => wholeNumber("--seeds", 1, 1000, v),
    )
    .option("--backend <name>", "what TensorFlow.js computes on: wasm, webgpu or cpu (default: wasm)", (v) =>
      oneOf("--backend", backendNames, v),
    )
    .option(
      "--engine <name>",
      "what makes the training steps: captured (one native graph each) or eager (default: captured on wasm, where onnxruntime-node works)",
      (v) => oneOf("--engine", engineNames, v),
    )
    .option("--threads <n>", "how many threads each captured step uses (default: 1)", (v) =>
      wholeNumber("--threads", 1, 256, v),
    )
    .option("--out <folder>", "where to write the results (default: results/<preset>)", text("--out"))
    .option("--jobs <n>", `how many jobs to run at the same time (default here: ${defaultJobs()})`, (v) =>
      wholeNumber("--jobs", 1, 64, v),
    )
    .option(
      "--checkpoint-every <n>",
      "save a checkpoint every n steps instead of as often as the model chooses",
      (v) => wholeNumber("--checkpoint-every", 1, 1e7, v),
    )
    .option("--export-onnx", "also write the trained models as .onnx files, for other programs")
    .option("--resume", "continue the interrupted run in the folder; it ends with the same numbers")
    .option("--fresh", "discard the interrupted run in the folder and start again")
    .option(
      "--queue [url]",
      `let workers on any machines run the jobs, through a Redis or Valkey server at redis://host:port (without a value: at the address in ${environmentNames.url})`,
    )
    .option(
      "--shared <folder>",
      "with --queue: keep checkpoints and results in a folder that all machines see, and not in the server",
      text("--shared"),
    )
    .addOption(
      new Option(
        "--dashboard [port]",
        "with --queue: serve a page that shows the queue, on this machine alone (0: at any free port)",
      )
        .preset("3737")
        .argParser((v) => wholeNumber("--dashboard", 0, 65535, v)),
    );
  return withHelp(command, () => `${describeCatalogue(ownCatalogue)}\n\n${describeStudies()}\n\n${details}`);
}
