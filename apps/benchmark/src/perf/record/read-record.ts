import { UsageError } from "../../cli/usage-error.ts";
import { recordSchema } from "./schema.ts";
import type { PerformanceRecord } from "./schema.ts";

/** @throws UsageError for a text that is no record, naming the first fault. */
export function readRecord(file: string, text: string): PerformanceRecord {
  const refuse = (what: string): never => {
    throw new UsageError(`${file}: expected a file that --json wrote, received ${what}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse("no JSON");
  }
  const { data, error } = recordSchema.safeParse(json);
  const [issue] = error?.issues ?? [];
  return data ?? refuse(`${issue?.path.join(".") || "the whole"}: ${issue?.message}`);
}
