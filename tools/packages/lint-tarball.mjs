import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { problemKindInfo } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
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

/** Our packages are ES modules, so nothing resolves them as Node did before it had these, nor from CommonJS. */
const otherResolutions = ["node10", "node16-cjs"];

/** @param {string} tarball */
async function runAttw(tarball) {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (!result.types) return ["attw: expected types, found none"];
  return result.problems
    .filter((problem) => !("resolutionKind" in problem && otherResolutions.includes(problem.resolutionKind)))
    .map((problem) => `attw: ${problemKindInfo[problem.kind].title}: ${JSON.stringify(problem)}`);
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
