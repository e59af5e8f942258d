import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceFolders } from "./repository.mjs";

/**
 * Changes whenever an install could bring something else: the lockfile, any package.json, the machine or Node's
 * major version.
 *
 * @param {string} root the repository
 */
export function fingerprint(root) {
  const hash = createHash("sha256");
  hash.update([process.platform, process.arch, process.versions.modules].join());
  const manifests = workspaceFolders(root).map((folder) => join(folder, "package.json"));
  for (const path of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests]) {
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest("hex");
}
