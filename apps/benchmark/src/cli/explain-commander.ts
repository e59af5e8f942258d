import type { Command, CommanderError } from "commander";
import { UsageError } from "./usage-error.ts";

/** Commander's own messages, in the words of ours. */
export function explainCommander(where: string, error: CommanderError, command: Command): UsageError {
  const known = command.options
    .map((option) => option.long)
    .concat("--help")
    .join(", ");
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption":
      return new UsageError(`${where}: expected options among ${known}, received ${JSON.stringify(quoted)}`);
    case "commander.optionMissingArgument":
      return new UsageError(`${quoted.replace(/ <.*/, "")}: expected a value, received nothing`);
    case "commander.excessArguments":
      return new UsageError(
        `${where}: expected only options (${known}), received ${JSON.stringify(command.args.join(" "))}`,
      );
    default:
      return new UsageError(error.message.replace(/^error: /, ""));
  }
}
