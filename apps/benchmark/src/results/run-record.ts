import { resolve } from "node:path";
import { z } from "zod";
import type { RunChoices } from "../cli/options.ts";
import { UsageError } from "../cli/usage-error.ts";
import { presets } from "../presets.ts";
import { choicesSchema } from "./schema.ts";

/** run.json: what decides the numbers of a run, written before the first job starts. */
export const runRecordSchema = z.strictObject({
  format: z.literal("invertible-benchmark-run/1"),
  /** Names the run: results.json carries the same. */
  startedAt: z.string(),
  choices: choicesSchema,
  /** The preset in full, so that a change of presets.ts in between is noticed. */
  preset: z.unknown(),
  versions: z.record(z.string(), z.string()),
  /** The folder given by --data; does not decide numbers, since the files' checksums are checked. */
  data: z.string().nullable(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

export function createRunRecord(
  choices: RunChoices,
  data: string | undefined,
  versions: Readonly<Record<string, string>>,
): RunRecord {
  return {
    format: "invertible-benchmark-run/1",
    startedAt: new Date().toISOString(),
    choices: { ...choices, models: nonEmpty(choices.models), datasets: nonEmpty(choices.datasets) },
    preset: presets[choices.preset],
    versions: { ...versions },
    data: data === undefined ? null : resolve(data),
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
  versions: Readonly<Record<string, string>>,
): void {
  const differ = (name: string, recorded: unknown, now: unknown) => {
    const [expected, received] = [JSON.stringify(recorded), JSON.stringify(now)];
    if (expected !== received)
      throw new UsageError(
        `--resume: expected ${name} ${expected} as in the interrupted run, received ${received} (leave it out, or start over with --fresh)`,
      );
  };
  for (const name of ["preset", "models", "datasets", "steps", "seed", "backend"] as const) {
    const now = given[name];
    if (now === undefined) continue;
    const recorded = record.choices[name];
    // Names come in any order on a command line.
    if (Array.isArray(recorded))
      differ(`--${name}`, [...recorded].sort(), [...(now as readonly string[])].sort());
    else differ(`--${name}`, recorded, now);
  }
  differ(
    "the preset's definition",
    record.preset,
    JSON.parse(JSON.stringify(presets[record.choices.preset])),
  );
  for (const [name, version] of Object.entries(record.versions))
    differ(`version of ${name}`, version, versions[name]);
}
