import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { SizeRecord } from "./record/schema.ts";

const program = fileURLToPath(new URL("../../../../tools/page-sizes.mjs", import.meta.url));
const answer = z.record(z.string(), z.number());

/**
 * What a page has to load, in kilobytes after minification and gzip.
 *
 * @throws Error where the packages cannot be bundled.
 */
export function measureSizes(): SizeRecord[] {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  if (status !== 0) throw new Error(`page-sizes: ${error?.message ?? stderr.trim()}`);
  return Object.entries(answer.parse(JSON.parse(stdout))).map(([what, kilobytes]) => ({ what, kilobytes }));
}
