import { createRequire } from "node:module";
import type { BackendInfo } from "@invertible/ops/backend";
import type { BackendFacts } from "../run/messages.ts";

/** What the results say about the backend. */
export function backendFacts({ name, adapter }: BackendInfo): BackendFacts {
  const manifest: unknown = createRequire(import.meta.url)("@tensorflow/tfjs/package.json");
  const tensorflow =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "unknown";
  return { name, adapter: adapter ?? null, tensorflow };
}
