import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../run/processes.mjs";
import { root } from "../run/repository.mjs";

/** @typedef {import("./pack.mjs").Published} Published */

/**
 * What people and licence scanners look for: keywords, and the licence in the tarball. npm takes the licence from the folder of the
 * package, while pnpm would also take it from the root of the workspace; so the folder must have it.
 *
 * @param {Published} published
 * @param {string} tarball
 * @returns {Promise<string[]>} what is wrong
 */
export async function manifestFaults({ folder, manifest }, tarball) {
  const faults = [];
  const { keywords } = manifest;
  if (!Array.isArray(keywords) || keywords.length < 3 || new Set(keywords).size < keywords.length)
    faults.push(
      `package.json: expected three or more different keywords, received ${JSON.stringify(keywords)}`,
    );
  const licence = readFileSync(join(root, "LICENSE"), "utf8");
  const own = join(root, folder, "LICENSE");
  if (!existsSync(own) || readFileSync(own, "utf8") !== licence)
    faults.push(`${folder}/LICENSE: expected a copy of the repository's`);
  const { output } = await capture("tar", ["-xzOf", tarball, "package/LICENSE"], root);
  if (output !== licence) faults.push(`tarball: expected package/LICENSE, received ${output.slice(0, 80)}`);
  return faults;
}
