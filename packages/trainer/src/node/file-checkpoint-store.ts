import * as nodeFiles from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";

/** The part of node:fs/promises the store uses; tests replace it to make a disk fail. */
export interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  open(path: string, flags: string): Promise<OpenFile>;
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: true }): Promise<void>;
}

/** The part of an open file that the store uses. */
export interface OpenFile {
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * One checkpoint in one file, replaced atomically: the bytes go to a temporary file in the same folder and to the disk
 * (fsync), the file is renamed over the old one, and the folder is synced. A crash, a kill or a full disk at any moment
 * leaves the previous checkpoint whole.
 *
 * Temporary files are named `.<name>.<process id>.<n>.partial`; those that killed processes left are removed by the
 * next save. Saves of one store wait for each other. The folder is made if it is not there.
 *
 * @throws Error naming the file, with the cause, where it cannot be read or written. A file that is not there is not
 *   an error: `load` gives undefined.
 */
export function fileCheckpointStore(
  path: string,
  { fileSystem = nodeFiles }: { readonly fileSystem?: FileSystem } = {},
): CheckpointStore {
  const target = resolve(path);
  const folder = dirname(target);
  const prefix = `.${basename(target)}.`;
  let saves = 0;
  let last: Promise<unknown> = Promise.resolve();

  const write = async (bytes: Uint8Array): Promise<void> => {
    await fileSystem.mkdir(folder, { recursive: true });
    await removeLeftovers(fileSystem, folder, prefix);
    const partial = join(folder, `${prefix}${process.pid}.${saves++}.partial`);
    try {
      const file = await fileSystem.open(partial, "wx");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await fileSystem.rename(partial, target);
    } catch (error) {
      await fileSystem.rm(partial, { force: true });
      throw error;
    }
    await syncFolder(fileSystem, folder);
  };

  return {
    async load() {
      try {
        return await fileSystem.readFile(target);
      } catch (cause) {
        if (codeOf(cause) === "ENOENT") return undefined;
        throw failure("cannot read", target, cause);
      }
    },
    save(bytes) {
      const save = last.then(() => write(bytes));
      last = save.catch(() => undefined);
      return save.catch((cause: unknown) => {
        throw failure("cannot write", target, cause);
      });
    },
  };
}

/** Partial files of processes that are gone, and of this one: its saves wait for each other, so none is in use. */
async function removeLeftovers(fileSystem: FileSystem, folder: string, prefix: string): Promise<void> {
  for (const name of await fileSystem.readdir(folder)) {
    const owner = name.startsWith(prefix) ? /^(\d+)\.\d+\.partial$/.exec(name.slice(prefix.length)) : null;
    if (owner && !isAnotherLiveProcess(Number(owner[1])))
      await fileSystem.rm(join(folder, name), { force: true });
  }
}

function isAnotherLiveProcess(id: number): boolean {
  if (id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** A rename is on disk only once its folder is. Windows cannot open folders, and its file systems need none of this. */
async function syncFolder(fileSystem: FileSystem, folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await fileSystem.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

function failure(what: string, path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`fileCheckpointStore: ${what} ${path}: ${reason}`, { cause });
}
