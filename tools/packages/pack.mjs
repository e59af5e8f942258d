import { existsSync, mkdirSync } from "node:fs";
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
 * @param {readonly Published[]} packages
 * @param {string} destination a folder
 * @returns {Promise<Map<string, string>>} the paths of the tarballs, by package name
 */
export async function packAll(packages, destination) {
  for (const { name, folder } of packages)
    if (!existsSync(join(root, folder, "dist")))
      throw new Error(`pack ${name}: expected a build in ${folder}/dist`);
  mkdirSync(destination, { recursive: true });
  const filters = packages.map(({ name }) => `--filter=${name}`);
  const { exitCode, output } = await capture(
    "pnpm",
    ["--recursive", ...filters, "pack", "--pack-destination", destination],
    root,
  );
  const tarballs = packages.map(({ name, manifest }) => {
    const file = `${name.replace("@", "").replace("/", "-")}-${manifest["version"]}.tgz`;
    return /** @type {const} */ ([name, join(destination, file)]);
  });
  const missing = tarballs.find(([, tarball]) => !existsSync(tarball));
  if (exitCode !== 0 || missing) throw new Error(`pack ${missing?.[0] ?? ""}: ${output}`);
  return new Map(tarballs);
}
