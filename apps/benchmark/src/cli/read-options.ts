import { CommanderError } from "commander";
import type { Command } from "commander";
import { explainCommander } from "./explain-commander.ts";

export type Read<Options> =
  { readonly kind: "options"; readonly options: Options } | { readonly kind: "help"; readonly text: string };

/**
 * The options of a command line, or the text that explains them.
 *
 * @param where what the command is called in errors
 * @throws UsageError for an unknown option, a missing value or a value outside its range
 */
export function readOptions<Options extends object>(
  where: string,
  command: Command,
  commandLine: readonly string[],
): Read<Options> {
  let text = "";
  command.exitOverride().configureOutput({ writeOut: (part) => (text += part), writeErr: () => {} });
  try {
    command.parse([...commandLine], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text };
    throw explainCommander(where, error, command);
  }
  return { kind: "options", options: command.opts<Options>() };
}

/** What all our commands have in common. */
export function withHelp(command: Command, after: () => string): Command {
  return command
    .helpOption("-h, --help", "show this text")
    .helpCommand(false)
    .addHelpText("after", () => `\n${after()}`)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false);
}
