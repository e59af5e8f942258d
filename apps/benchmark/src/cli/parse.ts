import { Command, CommanderError } from "commander";
import { backendNames } from "../backend-names.ts";
import { presets } from "../presets/index.ts";
import { ownCatalogue } from "../catalogue/catalogue.ts";
import type { NamedFile } from "../catalogue/extensions/extension.ts";
import { defaultJobs } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { describeCatalogue, examples } from "./help.ts";
import { explainCommander } from "./explain-commander.ts";
import { failUsage } from "./usage-error.ts";
import { namedFile, names, oneOf, wholeNumber } from "./values.ts";

/** What a command line asks for. */
export type Parsed =
  { readonly kind: "run"; readonly given: GivenOptions } | { readonly kind: "help"; readonly text: string };

/** @throws UsageError for an unknown option, a missing value or a value outside its range. */
export function parse(commandLine: readonly string[]): Parsed {
  const command = describeCommand();
  let helpText = "";
  command.exitOverride().configureOutput({ writeOut: (text) => (helpText += text), writeErr: () => {} });
  try {
    command.parse([...commandLine], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text: helpText };
    throw explainCommander("bench", error, command);
  }
  return { kind: "run", given: command.opts<GivenOptions>() };
}

function describeCommand(): Command {
  const text = (option: string) => (value: string) =>
    value === "" ? failUsage(option, "a folder", value) : value;
  return new Command("npm run bench --")
    .description(
      "Trains invertible networks on the same data, compares them, and writes results.json and report.html.",
    )
    .option("--preset <name>", "what to train, and for how long (default: quick)", (v) =>
      oneOf(
        "--preset",
        presets.map(({ name }) => name),
        v,
      ),
    )
    .option(
      "--data <path>",
      "files to read: MNIST's for mnist, or your own under a new name in --datasets",
      text("--data"),
    )
    .option("--models <names>", 'these models, comma-separated; "all" for every one', (v) =>
      names("--models", v),
    )
    .option("--datasets <names>", "these data sets, comma-separated", (v) => names("--datasets", v))
    .option(
      "--model <name=file>",
      "a model of your own: a module that exports an entry; repeatable",
      (v, before) => [...((before ?? []) as NamedFile[]), namedFile("--model", v)],
    )
    .option("--dataset <name=file>", "a data set of your own, in the same way; repeatable", (v, before) => [
      ...((before ?? []) as NamedFile[]),
      namedFile("--dataset", v),
    ])
    .option("--steps <n>", "training steps of every job, instead of each model's own", (v) =>
      wholeNumber("--steps", 1, 1e7, v),
    )
    .option("--seed <n>", "decides every random number (default: 1)", (v) =>
      wholeNumber("--seed", 0, 2 ** 32 - 1, v),
    )
    .option("--backend <name>", "wasm, webgpu or cpu (default: wasm)", (v) =>
      oneOf("--backend", backendNames, v),
    )
    .option("--out <folder>", "the run's folder (default: results/<preset>)", text("--out"))
    .option("--jobs <n>", `jobs side by side (default here: ${defaultJobs()})`, (v) =>
      wholeNumber("--jobs", 1, 64, v),
    )
    .option("--checkpoint-every <n>", "steps between checkpoints, instead of each model's own", (v) =>
      wholeNumber("--checkpoint-every", 1, 1e7, v),
    )
    .option("--resume", "go on with the interrupted run in the folder, to the same numbers")
    .option("--fresh", "start over in a folder that holds an interrupted run")
    .helpOption("-h, --help", "show this text")
    .helpCommand(false)
    .addHelpText("after", () => `\n${describeCatalogue(ownCatalogue)}\n\n${examples}`)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false);
}
