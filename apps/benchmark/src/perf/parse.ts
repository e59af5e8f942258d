import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { explainCommander } from "../cli/explain-commander.ts";
import { failUsage } from "../cli/usage-error.ts";
import { oneOf, someOf, wholeNumber } from "../cli/values.ts";
import { engineNames, engines } from "./engines.ts";
import { gpuCaseNames, gpuDevices } from "./gpu/gpu-choices.ts";
import type { GpuChoices } from "./gpu/gpu-choices.ts";
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
  /** `out` is the folder to write to. */
  | { readonly kind: "gpu"; readonly choices: GpuChoices; readonly out: string }
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
  npm run perf -- --from perf.json --page docs/performance.md

Measure training steps on a GPU, beside PyTorch on CUDA, in at most ten minutes:
  npm run perf -- --gpu`;

/** @throws UsageError for unknown options and names, and for options that do not go together. */
export function parsePerf(commandLine: readonly string[]): ParsedPerf {
  let text = "";
  const command = new Command("npm run perf --")
    .description(description)
    .option(
      "--only <names>",
      `measure only these parts: ${partNames.join(", ")}; with --gpu: ${gpuCaseNames.join(", ")} (default: all)`,
    )
    .option(
      "--engine <names>",
      `run our programs on these engines: ${engineNames.join(", ")} (default: ${defaultEngines.join(", ")})`,
      (v) => someOf("--engine", engineNames, v),
    )
    .option("--python <file>", 'look for PyTorch in this Python; "none" leaves PyTorch out')
    .option("--ratios", "measure only some ratios of speed and memory, and fail where one is too large")
    .option("--gpu", "measure training steps on a GPU, and write results to a folder")
    .option("--budget <seconds>", "with --gpu: take at most this time (default: 540)", (v) =>
      wholeNumber("--budget", 10, 86_400, v),
    )
    .option(
      "--device <name>",
      `with --gpu: ${gpuDevices.join(" or ")}; cpu tries the program on the processor (default: gpu)`,
      (v) => oneOf("--device", gpuDevices, v),
    )
    .option("--out <folder>", "with --gpu: where results are written (default: results/perf-gpu)")
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
  const options = command.opts<PerfOptions>();
  if (options.gpu) return parseGpu(options);
  const { ratios, only, engine, python, steps, json, from, page } = options;
  const [lone] = named({ "--budget": options.budget, "--device": options.device, "--out": options.out });
  if (lone !== undefined) failUsage(lone, "--gpu beside it", "none");
  const choices = {
    "--only": only,
    "--engine": engine,
    "--python": python,
    "--steps": steps,
    "--json": json,
  };
  const [beside] = named({ ...choices, "--from": from, "--page": page });
  if (ratios && beside !== undefined) failUsage("--ratios", "no other option beside it", beside);
  if (ratios) return { kind: "ratios" };
  const [useless] = named(choices);
  if (from !== undefined && useless !== undefined)
    failUsage("--from", `no ${useless} beside it, because nothing is measured`, from);
  return {
    kind: "run",
    source:
      from !== undefined
        ? { from: resolve(from) }
        : { engines: engine ?? defaultEngines, parts: chosen(partNames, only), python, steps },
    json: json && resolve(json),
    page: page && resolve(page),
  };
}

interface PerfOptions {
  readonly ratios?: true;
  readonly gpu?: true;
  readonly budget?: number;
  readonly device?: GpuChoices["device"];
  readonly out?: string;
  readonly only?: string;
  readonly engine?: readonly string[];
  readonly python?: string;
  readonly steps?: number;
  readonly json?: string;
  readonly from?: string;
  readonly page?: string;
}

function parseGpu({ budget, device, out, only, python, steps, ...others }: PerfOptions): ParsedPerf {
  const { ratios, engine, json, from, page } = others;
  const [beside] = named({
    ...{ "--ratios": ratios, "--engine": engine, "--json": json, "--from": from, "--page": page },
  });
  if (beside !== undefined)
    failUsage(
      "--gpu",
      "no options beside it but --budget, --device, --out, --only, --python, --steps",
      beside,
    );
  return {
    kind: "gpu",
    choices: {
      device: device ?? "gpu",
      budgetSeconds: budget ?? 540,
      cases: chosen(gpuCaseNames, only),
      python,
      steps: steps ?? 20,
    },
    out: resolve(out ?? "results/perf-gpu"),
  };
}

/** The names of the options that were given. */
const named = (options: Readonly<Record<string, unknown>>) =>
  Object.keys(options).filter((name) => options[name] !== undefined);

const chosen = <Name extends string>(known: readonly Name[], only: string | undefined) =>
  only === undefined ? known : someOf("--only", known, only);

const defaultEngines = [...new Set(engines.filter(({ byDefault }) => byDefault).map(({ name }) => name))];
