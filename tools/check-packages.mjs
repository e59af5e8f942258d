// Checks every published package as its users get it: packs it, lints the tarball (publint, attw), installs it alone in
// an empty folder outside the workspace, imports every entry of its `exports` in Node and type-checks a user of it.
// Usage: node tools/check-packages.mjs [package name ...]   (after a build)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkInstalled } from "./packages/installed.mjs";
import { lintTarball } from "./packages/lint-tarball.mjs";
import { publishedPackages, pack } from "./packages/pack.mjs";

const wanted = process.argv.slice(2);
const all = publishedPackages();
const unknown = wanted.filter((name) => !all.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(
    `check-packages: expected names among ${all.map((each) => each.name).join(", ")}, received ${unknown.join(", ")}`,
  );
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "invertible-packages-"));
let passed = 0;
let failed = 0;
try {
  const tarballs = new Map();
  for (const each of all) tarballs.set(each.name, await pack(each, join(folder, "tarballs")));
  for (const each of all.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const complaints = [
      ...(await lintTarball(each, tarballs.get(each.name))),
      ...(await checkInstalled(each, tarballs, folder)),
    ];
    console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${each.name}`);
    for (const complaint of complaints) console.log(`       ${complaint.replaceAll("\n", "\n         ")}`);
    if (complaints.length === 0) passed += 1;
    else failed += 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`check-packages: ${passed} packages passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
