import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../run/repository.mjs";

/** A clone of the last commit in an empty folder, as a stranger has it: nothing lies beside it. */
export function cloneAlone() {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (git("status", "--porcelain") !== "")
    console.log("ci: there are uncommitted changes; the clone tests the last commit WITHOUT them");
  const parent = mkdtempSync(join(tmpdir(), "invertible-clone-"));
  const folder = join(parent, "invertible");
  git("clone", "--quiet", root, folder);
  return { folder, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
