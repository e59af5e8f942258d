import { Command, CommanderError } from "commander";
import { backendNames, datasetNames, modelNames, presetNames } from "../catalogue/names.ts";
import { defaultJobs } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { describeCatalogue, examples } from "./help.ts";
import { explainCommander } from "./explain-commander.ts";
import { failUsage } from "./usage-error.ts";
import { oneOf, someOf, wholeNumber } from "./values.ts";

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
      "Trains an i-ResNet against a Glow-style flow on the same data and writes results.json and report.html.",
    )
    .option("--preset <name>", "what to train, and for how long (default: quick)", (v) =>
      oneOf("--preset", presetNames, v),
    )
    .option("--data <folder>", "MNIST's four .gz files: this folder, or its subfolder mnist", text("--data"))
    .option("--models <names>", "only these models, comma-separated", (v) =>
      someOf("--models", modelNames, v),
    )
    .option("--datasets <names>", "only these data sets, comma-separated", (v) =>
      someOf("--datasets", datasetNames, v),
    )
    .option("--steps <n>", "training steps of every job, instead of the preset's", (v) =>
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
    .option("--checkpoint-every <n>", "steps between checkpoints, instead of the preset's", (v) =>
      wholeNumber("--checkpoint-every", 1, 1e7, v),
    )
    .option("--resume", "go on with the interrupted run in the folder, to the same numbers")
    .option("--fresh", "start over in a folder that holds an interrupted run")
    .helpOption("-h, --help", "show this text")
    .helpCommand(false)
    .addHelpText("after", () => `\n${describeCatalogue()}\n\n${examples}`)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false);
}
