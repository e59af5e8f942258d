import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** @param {string} path relative to the root */
export const readJson = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));

/** The folders of every workspace package, relative to the root: the root itself, packages/* and apps/*. */
export function workspaceFolders(from = root) {
  const members = ["packages", "apps"].flatMap((group) =>
    existsSync(join(from, group)) ? readdirSync(join(from, group)).map((name) => `${group}/${name}`) : [],
  );
  return [".", ...members.sort().filter((folder) => existsSync(join(from, folder, "package.json")))];
}

/** The environment of every tool: the repository's own tools first on PATH (turbo needs pnpm there), no telemetry. */
export function toolEnvironment(environment = process.env) {
  const pathName = Object.keys(environment).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return {
    ...environment,
    [pathName]: [join(root, "node_modules/.bin"), environment[pathName]].filter(Boolean).join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
  };
}
