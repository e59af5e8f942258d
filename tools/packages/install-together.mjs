import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capture } from "../run/processes.mjs";
import { pinned } from "./pins.mjs";

/**
 * Installs the tarballs of all packages beside each other, with npm, in a folder outside the repository.
 *
 * @param {ReadonlyMap<string, string>} tarballs by package name
 * @param {string} place a folder that does not exist yet
 * @param {readonly string[]} others packages of other people, in the versions that this repository is tested with
 * @returns {Promise<string | undefined>} what went wrong
 */
export async function installTogether(tarballs, place, others) {
  mkdirSync(place);
  const ours = [...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]);
  const dependencies = { ...Object.fromEntries(ours), ...pinned(others) };
  writeFileSync(
    join(place, "package.json"),
    JSON.stringify({ name: "user", private: true, type: "module", dependencies }, null, 2),
  );
  const options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  const { exitCode, output } = await capture("npm", ["install", ...options], place);
  return exitCode === 0 ? undefined : `npm install: ${output}`;
}
