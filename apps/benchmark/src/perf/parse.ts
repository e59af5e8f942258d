import { Command, CommanderError } from "commander";
import { backendNames } from "../backend-names.ts";
import type { BackendName } from "../backend-names.ts";
import { explainCommander } from "../cli/explain-commander.ts";
import { someOf } from "../cli/values.ts";
import { caseNames } from "./cases.ts";

/** What can be measured: whole models by data, memory and time by gradient, inverses by method. */
export const partNames = [...caseNames, "memory", "inverse"] as const;
export type PartName = (typeof partNames)[number];

export type ParsedPerf =
  | { readonly kind: "run"; readonly backends: readonly BackendName[]; readonly parts: readonly PartName[] }
  | { readonly kind: "help"; readonly text: string };

/** @throws UsageError for unknown options and names. */
export function parsePerf(commandLine: readonly string[]): ParsedPerf {
  let text = "";
  const command = new Command("npm run perf --")
    .description(
      "Measures on every backend how long a training step of an i-ResNet and of Glow takes, what each kind of gradient costs in time and memory, and how long each method takes to invert a block.",
    )
    .option(
      "--backend <names>",
      "use only these backends, separated by commas (default: wasm,webgpu,cpu)",
      (v) => someOf("--backend", backendNames, v),
    )
    .option("--only <names>", `measure only these parts: ${partNames.join(", ")} (default: all)`, (v) =>
      someOf("--only", partNames, v),
    )
    .helpOption("-h, --help", "show this text")
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: (part) => (text += part), writeErr: () => {} });
  try {
    command.parse([...commandLine], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { kind: "help", text };
    throw explainCommander("perf", error, command);
  }
  const { backend = backendNames, only = partNames } = command.opts<{
    backend?: readonly BackendName[];
    only?: readonly PartName[];
  }>();
  return { kind: "run", backends: backend, parts: only };
}
