import { createHash } from "node:crypto";
import { readFileSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, release, totalmem, type } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./schema.ts";

/** Versions of Node, of this app and of everything that computes: our packages, however deep, and TensorFlow.js. */
export function collectVersions(): Record<string, string> {
  return collect().versions;
}

/**
 * The same, and a digest of our own code: clones of different commits have the same version numbers, and must not compute for each
 * other.
 */
export function identifyCode(): Record<string, string> {
  const { versions, folders } = collect();
  const hash = createHash("sha256");
  // This file is in src or in dist, and so is all that runs.
  const part = basename(fileURLToPath(new URL("..", import.meta.url)));
  for (const folder of folders.sort())
    for (const file of codeIn(join(folder, part))) hash.update(readFileSync(file));
  return { ...versions, "code of this repository": hash.digest("hex").slice(0, 12) };
}

function codeIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.d|\.test)\.(ts|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function collect() {
  const versions: Record<string, string> = { node: process.versions.node };
  const folders: string[] = [];
  const visit = (path: string) => {
    const {
      name,
      version,
      dependencies = {},
      optionalDependencies = {},
    } = JSON.parse(readFileSync(path, "utf8")) as Manifest;
    if (name in versions) return;
    versions[name] = version;
    if (!name.startsWith("@invertible/")) return;
    folders.push(realpathSync(dirname(path)));
    const require = createRequire(path);
    for (const dependency of Object.keys(dependencies))
      if (computes.test(dependency)) visit(require.resolve(`${dependency}/package.json`));
    for (const dependency of Object.keys(optionalDependencies).filter((each) => computes.test(each))) {
      const path = tryToResolve(require, `${dependency}/package.json`);
      if (path !== undefined) visit(path);
    }
  };
  visit(fileURLToPath(new URL("../../package.json", import.meta.url)));
  return {
    versions: Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1))),
    folders,
  };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function tryToResolve(require: NodeJS.Require, path: string): string | undefined {
  try {
    return require.resolve(path);
  } catch {
    return undefined;
  }
}

const computes = /^(@invertible\/|@tensorflow\/|webgpu$|onnxruntime-node$)/;

/** What differs between the versions asked for and those here: "node 22.1.0, here 24.2.0". Empty where nothing does. */
export function describeDifference(
  wanted: Readonly<Record<string, string>>,
  here: Readonly<Record<string, string>>,
): string {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(here)])].sort();
  return names
    .filter((name) => wanted[name] !== here[name])
    .map((name) => `${name} ${wanted[name] ?? "absent"}, here ${here[name] ?? "absent"}`)
    .join("; ");
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() || arch(),
    cores: Math.max(1, processors.length),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${type()} ${release()} ${arch()}`,
  };
}
