import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { datasetNames } from "../catalogue/names.ts";
import type { BackendName, DatasetName, ModelName, PresetName } from "../catalogue/names.ts";
import { modelNames } from "../catalogue/names.ts";
import { presets } from "../presets.ts";
import { failUsage, UsageError } from "./usage-error.ts";

/** What the user typed, checked value by value. Absent means: not given. */
export interface GivenOptions {
  readonly preset?: PresetName;
  readonly data?: string;
  readonly models?: readonly ModelName[];
  readonly datasets?: readonly DatasetName[];
  readonly steps?: number;
  readonly seed?: number;
  readonly backend?: BackendName;
  readonly out?: string;
  readonly jobs?: number;
  readonly checkpointEvery?: number;
  readonly resume?: boolean;
  readonly fresh?: boolean;
}

/** What decides the numbers of a run, apart from the code: a run resumes only under the same choices. */
export interface RunChoices {
  readonly preset: PresetName;
  readonly models: readonly ModelName[];
  readonly datasets: readonly DatasetName[];
  /** Replaces every budget of the preset; null keeps them. */
  readonly steps: number | null;
  readonly seed: number;
  readonly backend: BackendName;
}

/** The choices of a new run: what was given, and defaults for the rest. */
export function completeChoices(given: GivenOptions): RunChoices {
  const preset = given.preset ?? "quick";
  const inPreset = presets[preset].workloads.flatMap((workload) => workload.datasets);
  const datasets = given.datasets ?? inPreset;
  const stray = datasets.find((name) => !inPreset.includes(name));
  if (stray !== undefined)
    failUsage(`--datasets with --preset ${preset}`, `names among ${inPreset.join(", ")}`, stray);
  return {
    preset,
    // In catalogue order: the order on the command line changes nothing.
    models: modelNames.filter((name) => (given.models ?? modelNames).includes(name)),
    datasets: datasetNames.filter((name) => datasets.includes(name)),
    steps: given.steps ?? null,
    seed: given.seed ?? 1,
    backend: given.backend ?? "wasm",
  };
}

/**
 * Options that cannot be meant together.
 * @throws UsageError
 */
export function checkContradictions(given: GivenOptions): void {
  if (given.resume && given.fresh)
    throw new UsageError("--resume with --fresh: expected one of them, received both (go on, or start over)");
}

/** @throws UsageError for a data folder that nothing would read. */
export function checkDataIsUsed(given: GivenOptions, choices: RunChoices): void {
  if (given.data !== undefined && !choices.datasets.includes("mnist"))
    throw new UsageError(
      `--data: expected with a data set that is read from disk (mnist), received with ${choices.datasets.join(", ")}`,
    );
}

/** The folder of the run: `--out`, or results/<preset> in the current folder. */
export function outFolder(given: GivenOptions): string {
  return resolve(given.out ?? `results/${given.preset ?? "quick"}`);
}

/** wasm under Node uses one core, so two jobs on two cores halve the wall-clock; more would fight for memory. */
export function defaultJobs(): number {
  return Math.min(2, availableParallelism());
}
