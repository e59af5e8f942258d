import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { DataSource } from "../job/request.ts";
import { UsageError } from "./usage-error.ts";

export async function findMnist(folder: string | null, _signal: AbortSignal): Promise<DataSource> {
  if (folder === null) throw new UsageError("todo");
  await stat(join(resolve(folder), "x"));
  return { folder: resolve(folder) };
}
