import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { entryNamed } from "../catalogue/catalogue.ts";
import { checkUnchanged, openCatalogue } from "../catalogue/extensions/open-catalogue.ts";
import { chooseEngine } from "../cli/choose-engine.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { JobRequest } from "../job/request.ts";
import type { Progress } from "../run/messages.ts";
import { runInChild } from "../run/run-jobs.ts";
import type { CellFiles, Files } from "./cell-files.ts";
import { exportFiles, requestIn, resultFile } from "./cell.ts";
import type { Cell } from "./cell.ts";

export type CellEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "stopped" }
  /** This machine cannot run it, and another may. */
  | { readonly kind: "refused"; readonly reason: string }
  /** `died` tells a process that ended without a word from a cell that failed. */
  | { readonly kind: "failed"; readonly message: string; readonly died: boolean };

export interface RunCellOptions {
  readonly files: CellFiles;
  /** The folder that this machine has its data in; null where it needs none, or takes the one that the cell names. */
  readonly data: string | null;
  /** The name of this machine. */
  readonly machine: string;
  readonly progressed: (progress: Progress) => void;
  /** Called each time when a working file was kept: then a machine that takes over goes on later than before. */
  readonly gotFurther: () => Promise<void>;
  /** Aborting it lets the cell write a checkpoint, keep it and stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs a cell as a local run would: in a child process, which works in a folder of this machine. What the folder gains is kept with the
 * files of the cell, from where it begins.
 */
export async function runCell(id: string, cell: Cell, options: RunCellOptions): Promise<CellEnd> {
  const { files, machine, progressed, gotFurther, signal } = options;
  const folder = await makeScratch();
  try {
    let request: JobRequest;
    try {
      const source = await sourceOf(cell, options);
      if (signal.aborted) return { kind: "stopped" };
      request = requestIn(folder, cell, { source, machine });
    } catch (error) {
      if (error instanceof UsageError) return { kind: "refused", reason: error.message };
      throw error;
    }
    for (const [name, content] of await files.working(id)) await writeFile(join(folder, name), content);
    const ended = new AbortController();
    const complain = ({ message }: Error) =>
      progressed({ phase: `cannot keep a checkpoint (${message})`, done: 0, total: 1 });
    const kept = keepAll(folder, id, files, { gotFurther, complain, ended: ended.signal });
    const end = await runInChild(request, progressed, signal, never).finally(() => ended.abort());
    await kept;
    if (end.kind !== "finished") return end;
    try {
      await files.publish(id, await resultsIn(folder, request));
    } catch (error) {
      // Too large for where it is kept, and so it will be on every machine.
      if (error instanceof RangeError) return { kind: "failed", message: error.message, died: false };
      throw error;
    }
    return end;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const never = new AbortController().signal;

/**
 * Checks that this machine has what the cell needs.
 * @throws UsageError naming what is missing
 */
async function sourceOf(cell: Cell, { data, signal }: RunCellOptions) {
  await checkUnchanged(
    cell.extensions,
    (shown) => `expected ${shown} with the content that it has where the run was asked for, received another`,
  );
  const catalogue = await openCatalogue(cell.extensions);
  if (cell.engine === "captured") await chooseEngine({ engine: "captured" });
  const { prepare } = entryNamed(catalogue.datasets, cell.job.dataset);
  return (await prepare?.({ folder: data ?? cell.data, signal })) ?? null;
}

/** How often a folder is looked at for new checkpoints, milliseconds. */
const keepEvery = 1000;

/** Keeps every file of the folder that is new or has changed, until `ended` is aborted, and once more after it. */
async function keepAll(
  folder: string,
  id: string,
  files: CellFiles,
  {
    gotFurther,
    complain,
    ended,
  }: Pick<RunCellOptions, "gotFurther"> & {
    readonly complain: (error: Error) => void;
    readonly ended: AbortSignal;
  },
): Promise<void> {
  const seen = new Map<string, string>();
  const isResult = (name: string) =>
    [resultFile, ...Object.values<string>(exportFiles)].includes(name) || name.endsWith(".partial");
  const keepChanged = async () => {
    for (const name of (await readdir(folder)).filter((each) => !isResult(each))) {
      // A file of measurements is removed once the result is written.
      const facts = await stat(join(folder, name)).catch(() => undefined);
      const version = facts && `${facts.ino} ${facts.mtimeMs} ${facts.size}`;
      if (version === undefined || seen.get(name) === version) continue;
      const content = await readFile(join(folder, name)).catch(() => undefined);
      if (!content) continue;
      // What was there at the start is kept already.
      const isNew = started || seen.has(name);
      if (isNew) {
        await files.keep(id, name, content);
        await gotFurther();
      }
      seen.set(name, version);
    }
  };
  let started = false;
  // What fails now is tried again at the next look.
  await keepChanged().catch(complain);
  started = true;
  do {
    await wait(keepEvery, undefined, { signal: ended }).catch(() => {});
    await keepChanged().catch(complain);
  } while (!ended.aborted);
}

async function resultsIn(folder: string, { exports }: JobRequest): Promise<Files> {
  const found = new Map<string, Uint8Array>();
  found.set(resultFile, await readFile(join(folder, resultFile)));
  for (const name of exports ? Object.values(exportFiles) : []) {
    const path = join(folder, name);
    // A model without such a function has no file, and its result says why.
    if (await isThere(path)) found.set(name, await readFile(path));
  }
  return found;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A folder for one cell on this machine. Folders of processes that were killed are removed. */
async function makeScratch(): Promise<string> {
  // Each user of a machine has their own.
  const root = join(tmpdir(), `invertible-cells-${process.getuid?.() ?? ""}`);
  await mkdir(root, { recursive: true });
  for (const name of await readdir(root)) {
    const pid = Number(name.split("-")[0]);
    if (!isAlive(pid)) await rm(join(root, name), { recursive: true, force: true }).catch(() => {});
  }
  return mkdtemp(join(root, `${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
