import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { capture } from "../run/processes.mjs";
import { root } from "../run/repository.mjs";

/** @typedef {import("./pack.mjs").Published} Published */

/**
 * @param {Published} published
 * @param {string} tarball
 * @returns {Promise<string[]>} what is wrong
 */
export async function lintTarball(published, tarball) {
  return [...staleFiles(published), ...(await runPublint(tarball)), ...(await runAttw(tarball))];
}

/** @param {string} tarball */
async function runPublint(tarball) {
  const bytes = readFileSync(tarball);
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: /** @type {ArrayBuffer} */ (data) } });
  return messages
    .filter((message) => message.type !== "suggestion")
    .map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** @param {string} tarball */
async function runAttw(tarball) {
  const { exitCode, output } = await capture(
    "attw",
    [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"],
    root,
  );
  return exitCode === 0 ? [] : [`attw: ${output}`];
}

/**
 * Outputs of sources that are gone: tsc never deletes, and they would be published.
 *
 * @param {Published} published
 */
function staleFiles({ folder }) {
  const list = (/** @type {string} */ path) =>
    readdirSync(join(root, folder, path), { recursive: true }).map((entry) =>
      String(entry).replaceAll("\\", "/"),
    );
  const sources = new Set(list("src"));
  return list("dist")
    .filter((path) => path.endsWith(".js") && !sources.has(path.replace(/\.js$/, ".ts")))
    .map((path) => `dist/${path}: expected src/${path.replace(/\.js$/, ".ts")}; delete dist and build again`);
}
