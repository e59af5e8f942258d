import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../run/processes.mjs";
import { readJson, root, workspaceFolders } from "../run/repository.mjs";

/**
 * @typedef {object} Published
 * @property {string} name
 * @property {string} folder relative to the root
 * @property {Record<string, any>} manifest its package.json in the workspace
 */

/** @returns {Published[]} every package that is not private */
export function publishedPackages() {
  return workspaceFolders()
    .map((folder) => ({ folder, manifest: readJson(`${folder}/package.json`) }))
    .filter(({ manifest }) => !manifest.private)
    .map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));
}

/**
 * @param {Published} published
 * @param {string} destination a folder
 * @returns {Promise<string>} the tarball's path
 */
export async function pack({ name, folder }, destination) {
  if (!existsSync(join(root, folder, "dist")))
    throw new Error(`pack ${name}: expected a build in ${folder}/dist`);
  const own = join(destination, name.replace("@", "").replace("/", "-"));
  mkdirSync(own, { recursive: true });
  const { exitCode, output } = await capture("pnpm", ["pack", "--pack-destination", own], join(root, folder));
  const [tarball] = readdirSync(own);
  if (exitCode !== 0 || !tarball) throw new Error(`pack ${name}: ${output}`);
  return join(own, tarball);
}
