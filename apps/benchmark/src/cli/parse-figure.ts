import { Command } from "commander";
import { backendNames } from "../backend-names.ts";
import type { BackendName } from "../backend-names.ts";
import { engineNames } from "../engine-names.ts";
import type { EngineName } from "../engine-names.ts";
import { studies } from "../studies/index.ts";
import type { StudyEntry } from "../studies/study.ts";
import { checkContradictions } from "./options.ts";
import { readOptions, withHelp } from "./read-options.ts";
import { failUsage } from "./usage-error.ts";
import { oneOf, wholeNumber } from "./values.ts";

/** What `figure <name>` takes. */
export interface FigureOptions {
  readonly data?: string;
  readonly steps?: number;
  readonly seed?: number;
  readonly backend?: BackendName;
  readonly engine?: EngineName;
  readonly threads?: number;
  readonly out?: string;
}

export type ParsedFigure =
  | { readonly kind: "figure"; readonly study: StudyEntry; readonly options: FigureOptions }
  | { readonly kind: "help"; readonly text: string };

/**
 * Reads what comes after `figure`.
 *
 * @throws UsageError for an unknown figure or option, a missing value or a value outside its range.
 */
export function parseFigure(name: string | undefined, rest: readonly string[]): ParsedFigure {
  const askedForHelp = name === "--help" || name === "-h";
  const known = studies.map((study) => study.name);
  if (!askedForHelp) oneOf("figure", known, name ?? "");
  const read = readOptions<FigureOptions>("bench figure", describeFigure(), askedForHelp ? [name] : rest);
  if (read.kind === "help") return read;
  const { options } = read;
  checkContradictions(options);
  return { kind: "figure", study: studies.find((study) => study.name === name)!, options };
}

function describeFigure(): Command {
  const path = (option: string, what: string) => (value: string) =>
    value === "" ? failUsage(option, what, value) : value;
  const command = new Command("npm run bench -- figure <name>")
    .description("Measures a figure of the literature on this machine, and draws it on a page of its own.")
    .option(
      "--data <folder>",
      "a folder with the files of MNIST, to use in place of drawn digits",
      path("--data", "a folder"),
    )
    .option(
      "--steps <n>",
      "train every network for n steps instead of the number that the figure chooses",
      (v) => wholeNumber("--steps", 1, 1e7, v),
    )
    .option("--seed <n>", "the same seed gives the same numbers again (default: 1)", (v) =>
      wholeNumber("--seed", 0, 2 ** 32 - 1, v),
    )
    .option("--backend <name>", "what TensorFlow.js computes on: wasm, webgpu or cpu (default: wasm)", (v) =>
      oneOf("--backend", backendNames, v),
    )
    .option(
      "--engine <name>",
      "what makes steps of training by likelihood: captured or eager (default: captured on wasm, where onnxruntime-node works)",
      (v) => oneOf("--engine", engineNames, v),
    )
    .option("--threads <n>", "how many threads each captured step uses (default: 1)", (v) =>
      wholeNumber("--threads", 1, 256, v),
    )
    .option(
      "--out <folder>",
      "where to write the page and its numbers (default: results/figures/<name>)",
      path("--out", "a folder"),
    );
  return withHelp(command, () => `${describeStudies()}\n\n${details}`);
}

/** The figures by name. */
export function describeStudies(): string {
  const width = Math.max(...studies.map(({ name }) => name.length)) + 2;
  return [
    "Figures (npm run bench -- figure <name>):",
    ...studies.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
  ].join("\n");
}

const details = `Results:
  figure.html  the figure on one page, which needs no network
  figure.json  its numbers for programs, with seed, command, versions and machine`;
