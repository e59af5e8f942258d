import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, release, totalmem, type } from "node:os";
import type { Machine } from "./schema.ts";

const packages = [
  "@invertible/bijection",
  "@invertible/coupling",
  "@invertible/datasets",
  "@invertible/flow",
  "@invertible/layers",
  "@invertible/log-det",
  "@invertible/models",
  "@invertible/ops",
  "@invertible/residual",
  "@invertible/spectral-norm",
  "@invertible/trainer",
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "webgpu",
];

/** Versions of Node, of this app and of everything that computes. */
export function collectVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const own = readVersion(new URL("../../package.json", import.meta.url));
  const versions: Record<string, string> = { node: process.versions.node, "@invertible/benchmark": own };
  for (const name of packages) versions[name] = readVersion(require.resolve(`${name}/package.json`));
  return versions;
}

function readVersion(path: string | URL): string {
  const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
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
