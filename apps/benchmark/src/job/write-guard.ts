import { existsSync } from "node:fs";

/**
 * Asked by a job before it writes into the folder of its run.
 *
 * A job whose parent was killed notices only after its current computation, when a successor may be at work with the same
 * files. A folder that the user removed is not brought back.
 *
 * @returns a function that throws an Error in either case
 */
export function createWriteGuard(folder: string): () => void {
  const parent = process.ppid;
  return () => {
    if (process.ppid !== parent)
      throw new Error(`${folder}: expected the parent process ${parent}, which is gone`);
    if (!existsSync(folder)) throw new Error(`${folder}: expected the folder of the run, which was removed`);
  };
}
