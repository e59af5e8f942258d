import { Command, CommanderError } from "commander";
import { backendNames } from "../catalogue/names.ts";
import type { BackendName } from "../catalogue/names.ts";
import { explainCommander } from "../cli/explain-commander.ts";
import { someOf } from "../cli/values.ts";
import { caseNames } from "./cases.ts";
import type { CaseName } from "./cases.ts";

export type ParsedPerf =
  | { readonly kind: "run"; readonly backends: readonly BackendName[]; readonly cases: readonly CaseName[] }
  | { readonly kind: "help"; readonly text: string };

/** @throws UsageError for unknown options and names. */
export function parsePerf(commandLine: readonly string[]): ParsedPerf {
  let text = "";
  const command = new Command("npm run perf --")
    .description(
      "Times training steps of an i-ResNet and a Glow-style flow on each backend, beside PyTorch's figures.",
    )
    .option("--backend <names>", "only these, comma-separated (default: wasm,webgpu,cpu)", (v) =>
      someOf("--backend", backendNames, v),
    )
    .option("--only <names>", "2d or images (default: both)", (v) => someOf("--only", caseNames, v))
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
  const { backend = backendNames, only = caseNames } = command.opts<{
    backend?: readonly BackendName[];
    only?: readonly CaseName[];
  }>();
  return { kind: "run", backends: backend, cases: only };
}
