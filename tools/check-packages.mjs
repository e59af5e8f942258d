// Checks every published package as its users get it: packs it, lints the tarball (publint, attw), installs it alone in
// an empty folder outside the workspace, imports every entry of its `exports` in Node and type-checks a user of it.
// Then all tarballs together: their types under several versions of TypeScript, the size of a page, the pages of the guide
// in a browser, and the example of somebody else's layer, composite and model.
// Usage: node tools/check-packages.mjs [package name, types, size, docs/web-pages.md or examples/twist-flow ...]   (after a build)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkInstalled } from "./packages/installed.mjs";
import { installTogether } from "./packages/install-together.mjs";
import { lintTarball } from "./packages/lint-tarball.mjs";
import { manifestFaults } from "./packages/manifest.mjs";
import { checkOutsideProject, outsideProject, outsideTools } from "./packages/outside-project.mjs";
import { packAll, publishedPackages } from "./packages/pack.mjs";
import { checkPageSize } from "./packages/page-size.mjs";
import { checkPages } from "./packages/pages/check-pages.mjs";
import { guide } from "./packages/pages/guide.mjs";
import { checkTypes } from "./packages/types/check-types.mjs";

/** @typedef {{ complaints: readonly string[], notes?: readonly string[] }} Outcome */

const all = publishedPackages();
/**
 * What is checked in one folder where all packages are installed, as those of a page are.
 *
 * @type {Record<string, (place: string) => Promise<Outcome>>}
 */
const together = {
  types: async (place) => ({ complaints: await checkTypes(place, all) }),
  size: checkPageSize,
  [guide]: checkPages,
  [outsideProject]: async (place) => ({ complaints: await checkOutsideProject(place) }),
};
const names = [...all.map(({ name }) => name), ...Object.keys(together)];
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
  const tarballs = await packAll(all, join(folder, "tarballs"));
  for (const each of all.filter(({ name }) => wanted.includes(name))) {
    const tarball = tarballs.get(each.name) ?? "";
    say(each.name, {
      complaints: [
        ...(await manifestFaults(each, tarball)),
        ...(await lintTarball(each, tarball)),
        ...(await checkInstalled(each, tarballs, folder)),
      ],
    });
  }
  const checks = Object.entries(together).filter(([name]) => wanted.includes(name));
  const place = join(folder, "together");
  const problem = checks.length > 0 ? await installTogether(tarballs, place, outsideTools) : undefined;
  for (const [name, check] of checks)
    say(name, problem === undefined ? await check(place) : { complaints: [problem] });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`check-packages: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * @param {string} name
 * @param {Outcome} outcome
 */
function say(name, { complaints, notes = [] }) {
  console.log(`${complaints.length === 0 ? "ok    " : "FAILED"} ${name}`);
  for (const line of [...complaints, ...notes]) console.log(`       ${line.replaceAll("\n", "\n         ")}`);
  if (complaints.length === 0) passed += 1;
  else failed += 1;
}
