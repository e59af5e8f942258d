import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { workspaceFolders } from "../run/repository.mjs";
import { exportedNames } from "./source-edits.mjs";
import { refuse } from "./scaffold-error.mjs";

/**
 * @param {string} root
 * @param {string} path
 */
export const read = (root, path) => readFileSync(join(root, path), "utf8");

/**
 * @param {string} root
 * @returns {string[]} the names of the packages, without their scope
 */
export const packageNames = (root) =>
  workspaceFolders(root)
    .filter((folder) => folder.startsWith("packages/"))
    .map((folder) => folder.slice("packages/".length));

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]} paths of its sources, tests left out, relative to the root
 */
export function sourcesIn(root, folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !/\.(test|bench)\.ts$/.test(path))
    .map((path) => `${folder}/${path}`)
    .sort();
}

/**
 * Refuses a name that a package exports already: two layers of one name could not be told apart in a saved model.
 *
 * @param {string} root
 * @param {string} where
 * @param {string} name
 */
export function refuseTaken(root, where, name) {
  for (const each of packageNames(root)) {
    const index = `packages/${each}/src/index.ts`;
    if (existsSync(join(root, index)) && exportedNames(read(root, index)).includes(name))
      refuse(where, `a name that no package exports (@invertible/${each} exports this one)`, name);
  }
}

/**
 * A changeset for one package.
 *
 * @param {string} name of the package, without its scope
 * @param {string} text for the people who use it
 */
export const changeset = (name, text) => `---\n"@invertible/${name}": minor\n---\n\n${text}\n`;
