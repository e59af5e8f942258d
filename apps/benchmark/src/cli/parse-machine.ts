import { hostname } from "node:os";
import { Command } from "commander";
import { environmentNames } from "../queue/address.ts";
import { defaultJobs } from "./options.ts";
import { readOptions, withHelp } from "./read-options.ts";
import { failUsage } from "./usage-error.ts";
import { wholeNumber } from "./values.ts";

/** The commands of runs that use several machines. */
export type ParsedMachine =
  | { readonly kind: "worker"; readonly options: WorkerOptions }
  | { readonly kind: "cell"; readonly options: { readonly out: string; readonly index: number } }
  | { readonly kind: "collect"; readonly options: { readonly out: string } }
  | { readonly kind: "help"; readonly text: string };

/** What `worker` takes. */
interface WorkerOptions {
  readonly queue: string | true;
  readonly jobs: number;
  readonly data?: string;
  readonly name?: string;
}

const words = ["worker", "cell", "collect"] as const;
type MachineWord = (typeof words)[number];

export const isMachineWord = (word: string | undefined): word is MachineWord =>
  words.some((each) => each === word);

/** @throws UsageError for an unknown option, a missing value or a value outside its range */
export function parseMachine(word: MachineWord, commandLine: readonly string[]): ParsedMachine {
  switch (word) {
    case "worker": {
      const read = readOptions<WorkerOptions>("bench worker", describeWorker(), commandLine);
      if (read.kind === "help") return read;
      if (read.options.queue === undefined) failUsage("worker", "--queue", "no address");
      return { kind: word, options: read.options };
    }
    case "cell": {
      const read = readOptions<{ out: string; index: number }>("bench cell", describeCell(), commandLine);
      if (read.kind === "help") return read;
      if (read.options.out === undefined) failUsage("cell", "--out", "no folder");
      if (read.options.index === undefined) failUsage("cell", "--index", "no number");
      return { kind: word, options: read.options };
    }
    case "collect": {
      const read = readOptions<{ out: string }>("bench collect", describeCollect(), commandLine);
      if (read.kind === "help") return read;
      if (read.options.out === undefined) failUsage("collect", "--out", "no folder");
      return { kind: word, options: read.options };
    }
  }
}

/** What `slurm` takes beside the options of the run. */
export function withSlurm(command: Command): Command {
  return command.option(
    "--sbatch <option>",
    'with slurm: an option of sbatch for the script, such as "--time=2:00:00"; can be repeated',
    (value, before: readonly string[] = []) =>
      /^--?[a-z][^\n]*$/i.test(value)
        ? [...before, value]
        : failUsage("--sbatch", 'one option of sbatch such as "--time=2:00:00"', value),
  );
}

const folder = (option: string) => (value: string) =>
  value === "" ? failUsage(option, "a folder", value) : value;

function describeWorker(): Command {
  const command = new Command("npm run bench -- worker")
    .description("Takes jobs from a queue and runs them, until Ctrl-C.")
    .option(
      "--queue [url]",
      `a Redis or Valkey server at redis://host:port (without a value: at the address in ${environmentNames.url})`,
    )
    .option(
      "--jobs <n>",
      `how many jobs to run at the same time (default here: ${defaultJobs()})`,
      (v) => wholeNumber("--jobs", 1, 64, v),
      defaultJobs(),
    )
    .option("--data <folder>", "a folder with the files of MNIST or CIFAR on this machine", folder("--data"))
    .option("--name <text>", `what results call this machine (default here: ${hostname()})`, (v) =>
      /^[\w.-]{1,64}$/.test(v) ? v : failUsage("--name", "1 to 64 letters, digits, dots and hyphens", v),
    );
  return withHelp(command, () => workerDetails);
}

const workerDetails = `A worker takes only jobs that were asked for with the versions that it has itself, and says which it leaves.
Set ${environmentNames.password} where the server wants a password, and use rediss:// for TLS.

Ctrl-C gives the jobs back with their checkpoints. A second Ctrl-C leaves at once, and other workers take the jobs over.`;

function describeCell(): Command {
  const command = new Command("npm run bench -- cell")
    .description("Runs one job of a run that `slurm` has prepared.")
    .option("--out <folder>", "the folder of the run", folder("--out"))
    .option("--index <n>", "which job, counted from 0", (v) => wholeNumber("--index", 0, 1e7, v));
  return withHelp(command, () => "The tasks of the array job use it.");
}

function describeCollect(): Command {
  const command = new Command("npm run bench -- collect")
    .description("Builds tables and report of a run whose jobs ran elsewhere.")
    .option("--out <folder>", "the folder of the run", folder("--out"));
  return withHelp(command, () => "It says which jobs have no result yet.");
}
