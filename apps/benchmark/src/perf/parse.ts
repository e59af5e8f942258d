import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { explainCommander } from "../cli/explain-commander.ts";
import { failUsage } from "../cli/usage-error.ts";
import { someOf, wholeNumber } from "../cli/values.ts";
import { engineNames, engines } from "./engines.ts";
import { caseNames } from "./steps/cases.ts";

/** What can be measured. */
export const partNames = [...caseNames, "memory", "inverse", "throughput", "log-det", "sizes"] as const;
export type PartName = (typeof partNames)[number];

/** What is measured, and where. */
export interface PerfChoices {
  readonly engines: readonly string[];
  readonly parts: readonly PartName[];
  /** The Python to look for PyTorch in; undefined for the usual places, "none" to leave PyTorch out. */
  readonly python: string | undefined;
  /** Timed steps of each case; undefined for as many as the case says. */
  readonly steps: number | undefined;
}

export type ParsedPerf =
  | {
      readonly kind: "run";
      readonly source: PerfChoices | { readonly from: string };
      /** Files to write. */
      readonly json: string | undefined;
      readonly page: string | undefined;
    }
  | { readonly kind: "ratios" }
  | { readonly kind: "help"; readonly text: string };

const description = `Measures how fast this project is on this machine.

  2d, images   training steps of whole models, in turn with plain PyTorch implementations of the same networks
  memory       time and memory of each kind of gradient
  inverse      time of each method to invert a block to a tolerance
  throughput   examples and samples per second
  log-det      exact and estimated log-determinants by dimension
  sizes        what a page has to load

PyTorch is used where a Python has it. On Debian: apt-get install python3-torch libopenblas0-pthread. \
Without OpenBLAS it is several times slower, so the tables name the library that it uses.`;

const afterHelp = `
Keep the record, and write the page from it:
  npm run perf -- --json perf.json
  npm run perf -- --from perf.json --page docs/performance.md`;

/** @throws UsageError for unknown options and names, and for options that do not go together. */
export function parsePerf(commandLine: readonly string[]): ParsedPerf {
  let text = "";
  const command = new Command("npm run perf --")
    .description(description)
    .option("--only <names>", `measure only these parts: ${partNames.join(", ")} (default: all)`, (v) =>
      someOf("--only", partNames, v),
    )
    .option(
      "--engine <names>",
      `run our programs on these engines: ${engineNames.join(", ")} (default: ${defaultEngines.join(", ")})`,
      (v) => someOf("--engine", engineNames, v),
    )
    .option("--python <file>", 'look for PyTorch in this Python; "none" leaves PyTorch out')
    .option("--ratios", "measure only some ratios of speed and memory, and fail where one is too large")
    .option("--steps <count>", "time so many steps of each model", (v) =>
      wholeNumber("--steps", 1, 10_000, v),
    )
    .option("--json <file>", "also write the record to this file")
    .option("--from <file>", "measure nothing, and show the record in this file")
    .option("--page <file>", "also write the record to this file as a page of Markdown")
    .addHelpText("after", afterHelp)
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
  const { ratios, only, engine, python, steps, json, from, page } = command.opts<{
    ratios?: true;
    only?: readonly PartName[];
    engine?: readonly string[];
    python?: string;
    steps?: number;
    json?: string;
    from?: string;
    page?: string;
  }>();
  const choices = {
    "--only": only,
    "--engine": engine,
    "--python": python,
    "--steps": steps,
    "--json": json,
  };
  const beside = Object.entries({ ...choices, "--from": from, "--page": page }).find(
    ([, value]) => value !== undefined,
  );
  if (ratios && beside) failUsage("--ratios", "no other option beside it", beside[0]);
  if (ratios) return { kind: "ratios" };
  const [useless] = Object.entries(choices).find(([, value]) => value !== undefined) ?? [];
  if (from !== undefined && useless !== undefined)
    failUsage("--from", `no ${useless} beside it, because nothing is measured`, from);
  return {
    kind: "run",
    source:
      from !== undefined
        ? { from: resolve(from) }
        : { engines: engine ?? defaultEngines, parts: only ?? partNames, python, steps },
    json: json && resolve(json),
    page: page && resolve(page),
  };
}

const defaultEngines = [...new Set(engines.filter(({ byDefault }) => byDefault).map(({ name }) => name))];
