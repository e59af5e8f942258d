import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { BackendName } from "../backend-names.ts";
import type { EngineName } from "../engine-names.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { broughtNames } from "../catalogue/extensions/open-catalogue.ts";
import type { NamedFile } from "../catalogue/extensions/extension.ts";
import type { ModelEntry } from "../catalogue/model-entry.ts";
import { kindTitles } from "../catalogue/data-kind.ts";
import { presets } from "../presets/index.ts";
import type { Preset, Workload } from "../presets/preset.ts";
import { usualRates } from "../tuning/grid.ts";
import type { Grid } from "../tuning/grid.ts";
import { jobsOf } from "../run/jobs-of.ts";
import type { RunChoices } from "../run/run-choices.ts";
import { failUsage, UsageError } from "./usage-error.ts";

/** What the user typed, checked as far as a value alone can be. Absent means: not given. */
export interface GivenOptions {
  readonly preset?: string;
  readonly data?: string;
  /** Modules that export an entry of the catalogue. */
  readonly model?: readonly NamedFile[];
  readonly dataset?: readonly NamedFile[];
  /** "all" alone stands for every model. */
  readonly models?: readonly string[];
  readonly datasets?: readonly string[];
  readonly steps?: number;
  readonly budgetSeconds?: number;
  readonly seed?: number;
  readonly seeds?: number;
  /** A search: each list replaces the usual values. */
  readonly tune?: Partial<Grid>;
  readonly backend?: BackendName;
  readonly engine?: EngineName;
  readonly threads?: number;
  readonly out?: string;
  readonly jobs?: number;
  readonly checkpointEvery?: number;
  readonly exportOnnx?: boolean;
  readonly resume?: boolean;
  readonly fresh?: boolean;
  /** The address of a queue whose workers run the jobs; true where it stands in the environment. */
  readonly queue?: string | true;
  /** A folder that all workers see, for checkpoints and results in place of the queue's server. */
  readonly shared?: string;
  /** The port of a page that shows the queue. */
  readonly dashboard?: number;
}

/**
 * The choices of a new run: what was given, and defaults for the rest.
 * @throws UsageError for a name that is not in the catalogue, and for data that no model or preset takes
 */
export function completeChoices(
  given: GivenOptions,
  catalogue: Catalogue,
  usualEngine: EngineName = "eager",
): RunChoices {
  const preset = given.preset === undefined ? presets[0]! : entryNamed(presets, given.preset);
  const usual = (what: "models" | "datasets") => [...preset[what], ...broughtNames(catalogue, what)];
  const models = chosen(
    "--models",
    expandAll(given.models, preset.name, catalogue),
    catalogue.models,
    usual("models"),
  );
  const datasets = chosen("--datasets", given.datasets, catalogue.datasets, usual("datasets"));
  checkKinds(preset, datasets, models, catalogue);
  const { seed = 1, seeds = 1 } = given;
  const jobs = jobsOf({ datasets, models, seed, seeds, grid: null }, catalogue).map(({ name }) => name);
  const repeated = jobs.find((name, i) => jobs.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new UsageError(
      `--models with --datasets: expected names that tell jobs apart, but two jobs would be called "${repeated}"`,
    );
  return {
    preset: preset.name,
    models,
    datasets,
    steps: given.steps ?? null,
    budgetSeconds:
      given.steps === undefined ? (given.budgetSeconds ?? preset.table?.budgetSeconds ?? null) : null,
    seed,
    seeds,
    backend: given.backend ?? "wasm",
    engine: given.engine ?? usualEngine,
    threads: given.threads ?? 1,
    grid: given.tune ? completeGrid(given.tune, preset, datasets, catalogue) : null,
  };
}

/** Warm-up and clipping are the preset's own where nothing else is to be tried. */
function completeGrid(
  { learningRates = usualRates, warmUps, clips }: Partial<Grid>,
  { workloads }: Preset,
  datasets: readonly string[],
  { datasets: entries }: Catalogue,
): Grid {
  const own = [...new Set(datasets.map((name) => entryNamed(entries, name).kind))].flatMap((kind) => {
    const workload = workloads[kind];
    return workload ? [workload] : [];
  });
  const each = (of: (workload: Workload) => number) => {
    const [first, ...others] = new Set(own.map(of));
    return [first!, ...others] as [number, ...number[]];
  };
  return {
    learningRates,
    warmUps: warmUps ?? each(({ warmupSteps }) => warmupSteps),
    clips: clips ?? each(({ clipNorm }) => clipNorm),
  };
}

/** In the order of the catalogue: the order on the command line changes nothing. */
function chosen(
  option: string,
  given: readonly string[] | undefined,
  entries: readonly { readonly name: string }[],
  usual: readonly string[],
): readonly string[] {
  const known = entries.map(({ name }) => name);
  const stray = given?.find((name) => !known.includes(name));
  if (stray !== undefined) failUsage(option, `names among ${known.join(", ")}`, stray);
  return known.filter((name) => (given ?? usual).includes(name));
}

/** What was given with --models, in full: "all" stands for every model that is built for what the preset asks of its own. */
export function expandAll(
  models: readonly string[] | undefined,
  preset: string,
  { models: entries }: Catalogue,
): readonly string[] | undefined {
  if (models?.join() !== "all") return models;
  const tasksOf = ({ tasks = ["density"] }: ModelEntry) => tasks;
  const asked = new Set(
    entryNamed(presets, preset).models.flatMap((name) => tasksOf(entryNamed(entries, name))),
  );
  return entries.filter((entry) => tasksOf(entry).some((task) => asked.has(task))).map(({ name }) => name);
}

function checkKinds(
  preset: Preset,
  datasets: readonly string[],
  models: readonly string[],
  catalogue: Catalogue,
): void {
  for (const dataset of datasets) {
    const { kind } = entryNamed(catalogue.datasets, dataset);
    if (preset.workloads[kind] === undefined) {
      const kinds = Object.keys(preset.workloads).map((each) => kindTitles[each as typeof kind]);
      throw new UsageError(
        `--datasets with --preset ${preset.name}: expected ${kinds.join(" or ")}, received "${dataset}" (${kindTitles[kind]})`,
      );
    }
    if (jobsOf({ datasets: [dataset], models, seed: 1, seeds: 1, grid: null }, catalogue).length === 0)
      throw new UsageError(
        `--models with --datasets ${dataset}: expected a model that takes ${kindTitles[kind]}, received ${models.join(", ")}`,
      );
  }
}

/** Of --seed, and of the last of several seeds. */
export const largestSeed = 2 ** 32 - 1;

/**
 * Options that cannot be meant together.
 * @throws UsageError
 */
export function checkContradictions(given: GivenOptions): void {
  const { seed = 1, seeds = 1 } = given;
  if (seed + seeds - 1 > largestSeed)
    throw new UsageError(
      `--seeds with --seed ${seed}: expected seeds up to ${largestSeed}, received ${seeds} of them, the last of which is ${seed + seeds - 1}`,
    );
  if (given.resume && given.fresh)
    throw new UsageError("--resume with --fresh: expected one of them, received both (go on, or start over)");
  if (given.engine === "captured" && given.backend === "webgpu")
    throw new UsageError(
      "--engine captured with --backend webgpu: expected wasm or cpu, on which steps can be recorded, received webgpu",
    );
  if (given.exportOnnx && given.backend === "webgpu")
    throw new UsageError(
      "--export-onnx with --backend webgpu: expected wasm or cpu, on which models can be recorded, received webgpu",
    );
  for (const option of ["shared", "dashboard"] as const)
    if (given[option] !== undefined && given.queue === undefined)
      throw new UsageError(`--${option}: expected beside --queue, received without it`);
  if (given.queue !== undefined && given.jobs !== undefined)
    throw new UsageError(
      "--jobs with --queue: expected it where the jobs run, received it where they are asked for (give --jobs to each worker)",
    );
  if (given.threads !== undefined && given.engine === "eager")
    throw new UsageError(
      "--threads with --engine eager: expected captured, received eager, which uses one thread",
    );
}

/** @throws UsageError for a data folder that nothing would read. */
export function checkDataIsUsed(given: GivenOptions, { datasets }: RunChoices, catalogue: Catalogue): void {
  const readsFiles = ({ prepare }: Catalogue["datasets"][number]) => prepare !== undefined;
  if (given.data === undefined || datasets.some((name) => readsFiles(entryNamed(catalogue.datasets, name))))
    return;
  const able = catalogue.datasets.filter(readsFiles).map(({ name }) => name);
  throw new UsageError(
    `--data: expected with a data set that is read from disk (${able.join(", ")}), received with ${datasets.join(", ")}`,
  );
}

/** The folder of the run: `--out`, or results/<preset> in the current folder. */
export function outFolder(given: GivenOptions): string {
  const { preset = presets[0]!.name } = given;
  return resolve(given.out ?? `results/${given.tune ? "tune-" : ""}${preset}`);
}

/** wasm under Node uses one core, so two jobs on two cores halve the wall-clock; more would fight for memory. */
export function defaultJobs(): number {
  return Math.min(2, availableParallelism());
}
