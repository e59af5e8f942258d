import { randomBytes } from "node:crypto";
import { link, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Writes a whole file or nothing: beside the target, flushed to disk, then renamed over it.
 * @throws Error naming the file where the disk is full or read-only, or the folder is gone
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  // Machines that share a folder may have processes of the same number.
  const partial = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.partial`;
  try {
    const file = await open(partial, "w");
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new Error(`${path}: expected to write it, received ${(cause as Error).message}`, { cause });
  }
  await syncFolder(dirname(path));
}

/**
 * The same where there is no such file yet. Of several processes, also on several machines, exactly one succeeds.
 * @returns whether this one did
 */
export async function writeOnce(path: string, content: string | Uint8Array): Promise<boolean> {
  const written = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeAtomically(written, content);
    await link(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/** Removes what killed processes left half written, in a folder and all below it. Only for a folder that nobody writes to. */
export async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true }))
    if (/\.\d+-[\da-f]{8}\.partial$/.test(name)) await rm(join(folder, name), { force: true });
}

/** A rename is only on disk once its folder is. Windows cannot open folders and needs none of this. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
