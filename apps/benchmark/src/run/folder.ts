import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../cli/usage-error.ts";
import { runRecordSchema } from "../results/run-record.ts";
import type { RunRecord } from "../results/run-record.ts";
import { jobResultSchema, resultsSchema } from "../results/schema.ts";
import type { JobResult, Results } from "../results/schema.ts";
import { paceSchema } from "../results/pace.ts";
import type { Pace } from "../results/pace.ts";
import { writeAtomically } from "./atomic-file.ts";
import { isLockFile } from "./lock.ts";

/** The paths inside a run's folder. */
export function pathsOf(folder: string) {
  return {
    folder,
    record: join(folder, "run.json"),
    results: join(folder, "results.json"),
    report: join(folder, "report.html"),
    markdown: join(folder, "tables.md"),
    latex: join(folder, "tables.tex"),
    tuning: join(folder, "tuning.json"),
    jobs: join(folder, "jobs"),
    checkpoints: join(folder, "checkpoints"),
    paces: join(folder, "paces"),
    models: join(folder, "models"),
    jobResult: (job: string) => join(folder, "jobs", `${job}.json`),
    checkpoint: (job: string) => join(folder, "checkpoints", `${job}.safetensors`),
    pace: (name: string) => join(folder, "paces", `${name}.json`),
    onnx: (job: string, what: string) => join(folder, "models", `${job}.${what}.onnx`),
    measurements: (job: string) => join(folder, "checkpoints", `${job}.measurements`),
  };
}

/** What a folder holds before a run touches it. */
export type FolderState =
  | { readonly kind: "empty" }
  | { readonly kind: "unfinished"; readonly record: RunRecord }
  | { readonly kind: "finished"; readonly record: RunRecord; readonly results: Results };

/**
 * Looks without writing.
 * @throws UsageError for a path that is no folder, or a folder that holds something else than a run.
 */
export async function inspectFolder(folder: string): Promise<FolderState> {
  const paths = pathsOf(folder);
  const entries = (await listFolder(folder)).filter((name) => !isLeftOver(name));
  if (entries.length === 0) return { kind: "empty" };
  if (!entries.includes("run.json"))
    throw new UsageError(
      `--out: expected a new or empty folder, or one of an earlier run, received ${folder} (holds ${entries.slice(0, 3).join(", ")})`,
    );
  const record = await readChecked(paths.record, runRecordSchema);
  if (entries.includes("results.json")) {
    const results = await readChecked(paths.results, resultsSchema);
    // A new run leaves the results of the one before in place until its own are complete.
    if (results.startedAt === record.startedAt) return { kind: "finished", record, results };
  }
  return { kind: "unfinished", record };
}

/** What a start that died before `run.json` was written leaves. */
function isLeftOver(name: string): boolean {
  return isLockFile(name) || /^run\.json\.[\w-]+\.partial$/.test(name);
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") {
      await checkParents(folder);
      return [];
    }
    const what = code === "ENOTDIR" ? "a file" : `a folder that cannot be read (${code})`;
    throw new UsageError(`--out: expected a folder, received ${folder}, which is ${what}`);
  }
}

/** A folder can only be made where no part of its path is a file. */
async function checkParents(folder: string): Promise<void> {
  const parent = join(folder, "..");
  if (parent === folder) return;
  const found = await stat(parent).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code === "ENOENT") return checkParents(parent);
    throw new UsageError(`--out: expected a folder, received ${folder} (${found.code ?? found.message})`);
  }
  if (!found.isDirectory())
    throw new UsageError(`--out: expected a folder, received ${folder}, but ${parent} is a file`);
}

/** Starts a run: forgets the working files of the one before, then records the new one. */
export async function beginRun(folder: string, record: RunRecord): Promise<void> {
  const paths = pathsOf(folder);
  await rm(paths.jobs, { recursive: true, force: true });
  await rm(paths.checkpoints, { recursive: true, force: true });
  await rm(paths.paces, { recursive: true, force: true });
  await rm(paths.models, { recursive: true, force: true });
  // First, so that a start which dies here leaves a folder that is still known as a run's.
  await writeAtomically(paths.record, JSON.stringify(record, undefined, 2) + "\n");
  await mkdir(paths.jobs, { recursive: true });
  await mkdir(paths.checkpoints, { recursive: true });
  if (record.choices.budgetSeconds !== null) await mkdir(paths.paces, { recursive: true });
  if (record.exportOnnx) await mkdir(paths.models, { recursive: true });
}

/** Records what a run that goes on was asked for in addition. */
export async function continueRun(folder: string, record: RunRecord): Promise<void> {
  await writeAtomically(pathsOf(folder).record, JSON.stringify(record, undefined, 2) + "\n");
}

/** The result of a job, or nothing where it has not finished. */
export async function readJobResult(folder: string, job: string): Promise<JobResult | undefined> {
  const path = pathsOf(folder).jobResult(job);
  try {
    await stat(path);
  } catch {
    return undefined;
  }
  return readChecked(path, jobResultSchema);
}

/** How many steps a model's time budget holds, or nothing where that has not been measured. */
export async function readPace(folder: string, name: string): Promise<Pace | undefined> {
  const path = pathsOf(folder).pace(name);
  return existsSync(path) ? readChecked(path, paceSchema) : undefined;
}

interface Schema<Value> {
  safeParse(
    value: unknown,
  ): { success: true; data: Value } | { success: false; error: { issues: readonly Issue[] } };
}
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

async function readChecked<Value>(path: string, schema: Schema<Value>): Promise<Value> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${path}: expected JSON, received ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(
    `${path}: expected a file of this version of the benchmark, received one whose ${issue?.path.join(".") || "content"} does not fit (${issue?.message ?? ""})`,
  );
}
