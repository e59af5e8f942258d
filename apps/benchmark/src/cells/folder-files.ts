import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../run/atomic-file.ts";
import type { CellFiles, Files } from "./cell-files.ts";

/**
 * Keeps the files of cells in a folder that all machines see: `<cell>/working` and `<cell>/published`. Renaming a folder succeeds for
 * exactly one of several processes where the target is not empty, which is what makes a result appear once and whole.
 */
export function folderFiles(root: string): CellFiles {
  const working = (cell: string) => join(root, cell, "working");
  const published = (cell: string) => join(root, cell, "published");
  return {
    working: (cell) => readFolder(working(cell)),
    async keep(cell, name, content) {
      await mkdir(working(cell), { recursive: true });
      await writeAtomically(join(working(cell), name), content);
    },
    async publish(cell, files) {
      const written = join(root, cell, `new-${randomBytes(8).toString("hex")}`);
      await mkdir(written, { recursive: true });
      try {
        for (const [name, content] of files) await writeAtomically(join(written, name), content);
        await rename(written, published(cell));
      } catch (error) {
        await rm(written, { recursive: true, force: true });
        if (existsSync(published(cell))) return false;
        throw error;
      }
      // The working files, and what machines that died while they published have left.
      for (const name of await readdir(join(root, cell)))
        if (join(root, cell, name) !== published(cell))
          await rm(join(root, cell, name), { recursive: true, force: true });
      return true;
    },
    async published(cell) {
      return existsSync(published(cell)) ? readFolder(published(cell)) : undefined;
    },
    finished: (cells) => Promise.resolve(new Set(cells.filter((cell) => existsSync(published(cell))))),
  };
}

/** What is half written is left out. */
async function readFolder(folder: string): Promise<Files> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = new Map<string, Uint8Array>();
  for (const name of names.filter((each) => !each.endsWith(".partial"))) {
    const content = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      // Another machine has just published the result.
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (content) files.set(name, content);
  }
  return files;
}
