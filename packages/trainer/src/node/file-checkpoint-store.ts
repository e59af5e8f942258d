import * as nodeFiles from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";

/** The functions of node:fs/promises that the store uses. Tests replace them to make a disk fail. */
export interface FileSystem {
  /** Reads a whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /** Opens a file or folder. */
  open(path: string, flags: string): Promise<OpenFile>;
  /** Makes a folder and those above it. */
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  /** Lists the names in a folder. */
  readdir(path: string): Promise<string[]>;
  /** Renames a file, replacing another. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; one that is absent is no error. */
  rm(path: string, options: { force: true }): Promise<void>;
}

/** The functions of an open file that the store uses. */
export interface OpenFile {
  /** Replaces the contents. */
  writeFile(bytes: Uint8Array): Promise<void>;
  /** Waits until everything is on the disk (fsync). */
  sync(): Promise<void>;
  /** Closes the file. */
  close(): Promise<void>;
}

/**
 * Makes a store that keeps one checkpoint in one file and replaces it atomically. The bytes go to a temporary file in the same
 * folder and on to the disk (fsync). Then the file is renamed over the old one, and the folder is synced. So a crash, a kill or
 * a full disk at any moment leaves the previous checkpoint whole.
 *
 * Temporary files are named `.<name>.<process id>.<n>.partial`. The next save removes those that killed processes left behind.
 * Saves of one store wait for each other. The folder is made if it does not exist.
 *
 * @throws Error naming the file, with the cause, where it cannot be read or written. A missing file is not an error: `load`
 * returns undefined.
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

/**
 * Removes the temporary files of processes that no longer exist, and of this process. Its own saves wait for each other, so
 * none of its files is in use.
 */
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

/**
 * Syncs a folder, because a rename is on the disk only once its folder is. Windows cannot open folders, and its file systems do
 * not need this.
 */
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
