import { resolve } from "node:path";
import { z } from "zod";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { extensionSchema } from "../catalogue/extensions/extension.ts";
import type { Extension } from "../catalogue/extensions/extension.ts";
import { settingsOf } from "../run/job-settings.ts";
import type { RunChoices } from "../run/run-choices.ts";
import { UsageError } from "../cli/usage-error.ts";
import { choicesSchema } from "./schema.ts";

/** run.json: what decides the numbers of a run, written before the first job starts. */
export const runRecordSchema = z.strictObject({
  format: z.literal("invertible-benchmark-run/2"),
  /** Names the run: results.json carries the same. */
  startedAt: z.string(),
  choices: choicesSchema,
  /** The preset and the budgets of the models in full, so that a change of either in between is noticed. */
  settings: z.unknown(),
  versions: z.record(z.string(), z.string()),
  /** What the command line brought. */
  extensions: z.array(extensionSchema),
  /** The folder given by --data; does not decide numbers, since the files' checksums are checked. */
  data: z.string().nullable(),
  /** Whether trained models are written as .onnx files. It decides no numbers. */
  exportOnnx: z.boolean().default(false),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

export interface RunRecordOptions {
  readonly choices: RunChoices;
  readonly catalogue: Catalogue;
  readonly extensions: readonly Extension[];
  /** As given by --data. */
  readonly data: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly exportOnnx: boolean;
}

export function createRunRecord(options: RunRecordOptions): RunRecord {
  const { choices, catalogue, extensions, data, versions, exportOnnx } = options;
  return {
    format: "invertible-benchmark-run/2",
    ...renewed(choices, catalogue),
    versions: { ...versions },
    extensions: [...extensions],
    data: data === undefined ? null : resolve(data),
    exportOnnx,
  };
}

/** The part of a record that changes when a table grows. Its new time of start tells it from the results of before. */
export function renewed(
  choices: RunChoices,
  catalogue: Catalogue,
): Pick<RunRecord, "startedAt" | "choices" | "settings"> {
  return {
    startedAt: new Date().toISOString(),
    choices: { ...choices, models: nonEmpty(choices.models), datasets: nonEmpty(choices.datasets) },
    // As it reads once it was written and parsed.
    settings: JSON.parse(JSON.stringify(settingsOf(choices, catalogue))),
  };
}

function nonEmpty<Value>(values: readonly Value[]): [Value, ...Value[]] {
  const [first, ...rest] = values;
  if (first === undefined) throw new RangeError("createRunRecord: expected at least one name, received none");
  return [first, ...rest];
}

/**
 * A run goes on only to the numbers it was started for.
 * @throws UsageError naming the first thing that differs
 */
export function checkSameRun(
  record: RunRecord,
  given: Partial<RunChoices>,
  catalogue: Catalogue,
  versions: Readonly<Record<string, string>>,
): void {
  const differ = (name: string, recorded: unknown, now: unknown) => {
    const [expected, received] = [JSON.stringify(recorded), JSON.stringify(now)];
    if (expected !== received)
      throw new UsageError(
        `--resume: expected ${name} ${expected} as in the interrupted run, received ${received} (leave it out, or start over with --fresh)`,
      );
  };
  for (const name of [
    "preset",
    "models",
    "datasets",
    "steps",
    "budgetSeconds",
    "seed",
    "seeds",
    "backend",
    "engine",
    "threads",
    "grid",
  ] as const) {
    const now = given[name];
    if (now === undefined) continue;
    const recorded = record.choices[name];
    const option = name === "budgetSeconds" ? "--budget in seconds" : `--${name}`;
    // Names come in any order on a command line.
    if (Array.isArray(recorded)) differ(option, [...recorded].sort(), [...(now as readonly string[])].sort());
    else differ(option, recorded, now);
  }
  differ(
    "the preset's definition",
    record.settings,
    JSON.parse(JSON.stringify(settingsOf(record.choices, catalogue))),
  );
  for (const [name, version] of Object.entries(record.versions))
    differ(`version of ${name}`, version, versions[name]);
}
