import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as prettier from "prettier";
import { ScaffoldError } from "./scaffold-error.mjs";

/**
 * Files to be written and files to be changed, all or none. Texts are formatted as the repository formats them before anything is
 * written.
 */
export class Changes {
  /** @type {Map<string, { text: string, isNew: boolean }>} */
  #files = new Map();

  /** @param {string} root the repository */
  constructor(root) {
    this.root = root;
  }

  /**
   * @param {string} path relative to the root, of a file that does not exist
   * @param {string} text
   */
  add(path, text) {
    if (existsSync(join(this.root, path)) || this.#files.has(path))
      throw new ScaffoldError(`${path}: expected no such file, found one`);
    this.#files.set(path, { text, isNew: true });
  }

  /**
   * @param {string} path relative to the root, of a file that exists or was changed before
   * @param {(text: string) => string} change
   */
  edit(path, change) {
    const before = this.#files.get(path) ?? {
      text: readFileSync(join(this.root, path), "utf8"),
      isNew: false,
    };
    this.#files.set(path, { ...before, text: change(before.text) });
  }

  /** @returns {{ path: string, isNew: boolean }[]} */
  get list() {
    return [...this.#files].map(([path, { isNew }]) => ({ path, isNew }));
  }

  /** Writes everything. Where that fails, everything is again as it was. */
  async apply() {
    /** @type {(() => void)[]} */
    const undo = [];
    try {
      const formatted = await Promise.all(
        [...this.#files].map(async ([path, { text }]) => ({
          path,
          text: await format(this.root, path, text),
        })),
      );
      for (const { path, text } of formatted) {
        const file = join(this.root, path);
        const before = existsSync(file) ? readFileSync(file) : undefined;
        undo.push(...makeFolders(dirname(file)));
        undo.push(() => {
          if (before !== undefined) writeFileSync(file, before);
          else if (existsSync(file)) rmSync(file);
        });
        writeFileSync(file, text);
      }
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw new ScaffoldError(`nothing was written: ${/** @type {Error} */ (error).message}`);
    }
  }
}

/**
 * @param {string} root
 * @param {string} path
 * @param {string} text
 */
async function format(root, path, text) {
  const file = join(root, path);
  const { inferredParser } = await prettier.getFileInfo(file);
  if (inferredParser === null) return text;
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/**
 * @param {string} folder
 * @returns {(() => void)[]} how to remove the folders that were made
 */
function makeFolders(folder) {
  if (existsSync(folder)) return [];
  const above = makeFolders(dirname(folder));
  mkdirSync(folder);
  return [...above, () => rmdirSync(folder)];
}
