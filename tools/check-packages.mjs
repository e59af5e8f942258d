// Checks every published package as its users get it: packs it, lints the tarball (publint, attw), installs it alone in
// an empty folder outside the workspace, imports every entry of its `exports` in Node and type-checks a user of it.
// Then the example of somebody else's layer, composite and model, on all tarballs together.
// Usage: node tools/check-packages.mjs [package name or examples/twist-flow ...]   (after a build)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkInstalled } from "./packages/installed.mjs";
import { lintTarball } from "./packages/lint-tarball.mjs";
import { checkOutsideProject, outsideProject } from "./packages/outside-project.mjs";
import { publishedPackages, pack } from "./packages/pack.mjs";

const all = publishedPackages();
const names = [...all.map(({ name }) => name), outsideProject];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : names;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`check-packages: expected names among ${names.join(", ")}, received ${unknown.join(", ")}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "invertible-packages-"));
let passed = 0;
let failed = 0;
try {
  const tarballs = new Map();
  for (const each of all) tarballs.set(each.name, await pack(each, join(folder, "tarballs")));
  for (const each of all.filter(({ name }) => wanted.includes(name)))
    say(each.name, [
      ...(await lintTarball(each, tarballs.get(each.name))),
      ...(await checkInstalled(each, tarballs, folder)),
    ]);
  if (wanted.includes(outsideProject)) say(outsideProject, await checkOutsideProject(tarballs, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`check-packages: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {readonly string[]} complaints
 */
function say(name, complaints) {
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${name}`);
  for (const complaint of complaints) console.log(`       ${complaint.replaceAll("\n", "\n         ")}`);
  if (complaints.length === 0) passed += 1;
  else failed += 1;
}
