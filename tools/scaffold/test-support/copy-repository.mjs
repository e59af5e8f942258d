import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root, workspaceFolders } from "../../run/repository.mjs";

/**
 * A copy of the repository as it is now, in an empty folder, which uses what is installed here. Each package of the copy sees the copies of
 * the others.
 */
export function copyRepository() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "invertible-copy-")));
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  for (const path of new Set(listing.split("\0"))) {
    if (path === "" || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  for (const each of workspaceFolders()) linkDependencies(folder, each, each);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Gives a package of the copy what a package here has installed.
 *
 * @param {string} copy
 * @param {string} to a folder of the copy, such as packages/layers
 * @param {string} like a folder here
 */
export function linkDependencies(copy, to, like) {
  const installed = join(root, like, "node_modules");
  if (!existsSync(installed)) return;
  for (const name of readdirSync(installed)) {
    // Caches, and launchers, which nobody needs who knows the programs behind them.
    if (name.startsWith(".")) continue;
    const names = name.startsWith("@")
      ? readdirSync(join(installed, name)).map((each) => `${name}/${each}`)
      : [name];
    for (const each of names) {
      const own = each.replace("@invertible/", "packages/");
      const target = own === each ? realpathSync(join(installed, each)) : join(copy, own);
      const link = join(copy, to, "node_modules", each);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link, "junction");
    }
  }
}
