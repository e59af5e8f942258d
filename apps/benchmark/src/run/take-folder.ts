import { mkdir } from "node:fs/promises";
import { UsageError } from "../cli/usage-error.ts";
import { lockFolder } from "./lock.ts";

/**
 * Makes the folder and keeps every other run out of it.
 * @returns a function that gives the folder back
 * @throws UsageError where another run uses it, or where nothing can be written: a read-only disk, a missing permission
 */
export async function takeFolder(folder: string): Promise<() => void> {
  try {
    await mkdir(folder, { recursive: true });
    return await lockFolder(folder);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    throw new UsageError(
      `--out: expected a folder that can be written to, received ${folder} (${error.message})`,
    );
  }
}
