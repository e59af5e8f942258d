import { ownCatalogue } from "../catalogue/catalogue.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { entryNamed } from "../catalogue/catalogue.ts";
import { entryName } from "../catalogue/entry-name.ts";
import { describeExtension } from "../catalogue/extensions/extension.ts";
import type { Extension } from "../catalogue/extensions/extension.ts";
import { digestOf } from "../cells/cell.ts";
import { checkUnchanged, openCatalogue } from "../catalogue/extensions/open-catalogue.ts";
import { inspectFolder } from "../run/folder.ts";
import type { FolderState } from "../run/folder.ts";
import { checkUnlocked } from "../run/lock.ts";
import { checkSameRun, createRunRecord, renewed } from "../results/run-record.ts";
import type { RunRecord } from "../results/run-record.ts";
import type { Results } from "../results/schema.ts";
import { presets } from "../presets/index.ts";
import type { RunChoices } from "../run/run-choices.ts";
import { collectVersions } from "../results/versions.ts";
import { chooseEngine } from "./choose-engine.ts";
import { checkContradictions, checkDataIsUsed, completeChoices, expandAll, outFolder } from "./options.ts";
import type { GivenOptions } from "./options.ts";
import { failUsage, UsageError } from "./usage-error.ts";

/** What a command line means for the folder it names. */
export type Plan =
  | {
      readonly kind: "start";
      readonly folder: string;
      /** What the folder held when this was decided. */
      readonly found: FolderState;
      readonly record: RunRecord;
      readonly catalogue: Catalogue;
      /** What the user should know of a choice that was made for them. */
      readonly note: string | undefined;
    }
  | {
      readonly kind: "continue";
      readonly folder: string;
      readonly found: FolderState;
      /** As found, or, where a table grows, with what is added. */
      readonly record: RunRecord;
      readonly catalogue: Catalogue;
    }
  | { readonly kind: "already done"; readonly folder: string; readonly results: Results };

/**
 * Decides without writing anything.
 * @throws UsageError for contradictions, and where going on would lose or mix results
 */
export async function makePlan(given: GivenOptions): Promise<Plan> {
  checkContradictions(given);
  const folder = outFolder(given);
  const versions = collectVersions();
  if (given.resume) return planToResume(given, folder, versions);

  const extensions = await describeGiven(given);
  const catalogue = await openCatalogue(extensions);
  const { engine, note } = await chooseEngine(given);
  const choices = completeChoices(given, catalogue, engine);
  if (!readsData(extensions)) checkDataIsUsed(given, choices, catalogue);
  const record = createRunRecord({
    ...{ choices, catalogue, extensions, versions },
    data: readsData(extensions) ? undefined : given.data,
    exportOnnx: given.exportOnnx ?? false,
  });
  const state = await inspectFolder(folder);
  await checkUnlocked(folder);
  if (state.kind === "unfinished" && !given.fresh) {
    // The jobs run elsewhere, and the same command watches them again.
    if (given.queue !== undefined && asksForTheSame(state.record, record))
      return { kind: "continue", folder, found: state, record: state.record, catalogue };
    throw new UsageError(
      `--out: expected no interrupted run, received ${folder} (holds one from ${state.record.startedAt}; add --resume to go on with it, or --fresh to discard it)`,
    );
  }
  return { kind: "start", folder, found: state, record, catalogue, note };
}

function asksForTheSame(one: RunRecord, other: RunRecord): boolean {
  const asked = ({ startedAt: _startedAt, data: _data, ...others }: RunRecord) => digestOf(others);
  return asked(one) === asked(other);
}

async function planToResume(
  given: GivenOptions,
  folder: string,
  versions: Readonly<Record<string, string>>,
): Promise<Plan> {
  const state = await inspectFolder(folder);
  if (state.kind === "empty")
    throw new UsageError(
      `--resume: expected a folder with an interrupted run, received ${folder}, where there is none`,
    );
  if (given.exportOnnx && !state.record.exportOnnx)
    throw new UsageError(
      "--resume: expected a run that began with --export-onnx, received one that did not (leave it out, or start over with --fresh)",
    );
  const { grid } = state.record.choices;
  if (given.tune && !grid)
    throw new UsageError(
      `--resume: expected a search, as begun by tune, received ${folder}, which holds a run of another kind`,
    );
  const { extensions } = state.record;
  checkSameExtensions(extensions, await describeGiven(given));
  await checkUnchanged(
    extensions,
    (shown) =>
      `--resume: expected the content of ${shown} as in the interrupted run, received another (start over with --fresh)`,
  );
  const catalogue = await openCatalogue(extensions);
  const models = expandAll(given.models, state.record.choices.preset, catalogue);
  const choices = { ...given, ...(models && { models }), ...(grid && { grid: { ...grid, ...given.tune } }) };
  const grows = isTable(state.record.choices) && !grid;
  const record = grows ? grow(state.record, choices, catalogue) : state.record;
  // What a table gained is no difference.
  const { models: _models, datasets: _datasets, seeds: _seeds, ...others } = choices;
  checkSameRun(state.record, grows ? others : choices, catalogue, versions);
  if (!readsData(extensions)) checkDataIsUsed(given, record.choices, catalogue);
  if (state.kind === "finished" && record === state.record)
    return { kind: "already done", folder, results: state.results };
  await checkUnlocked(folder);
  const data = readsData(extensions) ? null : (given.data ?? state.record.data);
  return { kind: "continue", folder, found: state, record: { ...record, data }, catalogue };
}

const isTable = ({ preset }: RunChoices) => entryNamed(presets, preset).table !== undefined;

/** A table's record with the models, data sets and seeds that it does not have yet; the record itself where nothing is new. */
function grow(
  record: RunRecord,
  { models = [], datasets = [], seeds = 1 }: Partial<Pick<RunChoices, "models" | "datasets" | "seeds">>,
  catalogue: Catalogue,
): RunRecord {
  const before = record.choices;
  const { steps, budgetSeconds, ...others } = before;
  const choices = completeChoices(
    {
      ...others,
      ...(steps !== null && { steps }),
      ...(budgetSeconds !== null && { budgetSeconds }),
      models: [...before.models, ...models],
      datasets: [...before.datasets, ...datasets],
      seeds: Math.max(before.seeds, seeds),
    },
    catalogue,
    before.engine,
  );
  const isNew =
    choices.seeds > before.seeds ||
    choices.models.length > before.models.length ||
    choices.datasets.length > before.datasets.length;
  return isNew ? { ...record, ...renewed(choices, catalogue) } : record;
}

/**
 * Asked once the folder is locked: another run may have begun or ended in it after the plan was made.
 * @throws UsageError where what the plan rests on is not so any more
 */
export async function checkPlanHolds({
  folder,
  found,
}: Exclude<Plan, { kind: "already done" }>): Promise<void> {
  const summary = (state: FolderState) =>
    state.kind === "empty" ? state.kind : `${state.kind} ${state.record.startedAt}`;
  const now = await inspectFolder(folder);
  if (summary(now) !== summary(found))
    throw new UsageError(
      `--out: expected a folder that no other run uses, received ${folder}, where another run worked a moment ago (enter the command again)`,
    );
}

async function describeGiven(given: GivenOptions): Promise<Extension[]> {
  const { model = [], dataset = [], datasets = [], data } = given;
  // A name that nobody else has is the user's own, for what --data holds.
  const known = [...ownCatalogue.datasets, ...dataset].map(({ name }) => name);
  const [own, ...others] = data === undefined ? [] : datasets.filter((name) => !known.includes(name));
  if (own !== undefined && !entryName.test(own))
    failUsage("--datasets", "a name in lower-case letters, digits and hyphens", own);
  return Promise.all([
    ...model.map((file) => describeExtension("model", file)),
    ...dataset.map((file) => describeExtension("dataset", file)),
    ...(data !== undefined && own !== undefined && others.length === 0
      ? [describeExtension("data", { name: own, file: data })]
      : []),
  ]);
}

const readsData = (extensions: readonly Extension[]) => extensions.some(({ kind }) => kind === "data");

/** Beside --resume nothing new can be brought. What is repeated has to agree. */
function checkSameExtensions(recorded: readonly Extension[], given: readonly Extension[]): void {
  const known = recorded.map(({ kind, name, file }) => `--${kind} ${name}=${file}`);
  const stray = given
    .map(({ kind, name, file }) => `--${kind} ${name}=${file}`)
    .find((each) => !known.includes(each));
  if (stray !== undefined)
    throw new UsageError(
      `--resume: expected ${known.join(", ") || "no --model or --dataset"} as in the interrupted run, received ${stray} (leave it out, or start over with --fresh)`,
    );
}
