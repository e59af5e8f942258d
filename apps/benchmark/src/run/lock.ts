import { open, readFile, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../cli/usage-error.ts";

/**
 * Keeps a second run out of the folder. A lock whose process is gone, after a crash or a kill, counts as none.
 * @returns a function that gives the folder back
 * @throws UsageError naming the process that works there
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, "run.lock");
  for (;;) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    await checkUnlocked(folder);
    await rm(path, { force: true });
  }
}

/** @throws UsageError where another live process holds the folder. Writes nothing. */
export async function checkUnlocked(folder: string): Promise<void> {
  const text = await readFile(join(folder, "run.lock"), "utf8").catch(() => undefined);
  const holder = Number(text);
  if (text !== undefined && Number.isInteger(holder) && holder > 0 && isAlive(holder))
    throw new UsageError(
      `--out: expected a folder that no other run uses, received ${folder} (process ${holder} is running in it)`,
    );
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return processId !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
