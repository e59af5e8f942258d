import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { UsageError } from "../../cli/usage-error.ts";

/** An entry of the catalogue that the command line brings: a module of somebody else's. */
export const extensionSchema = z.strictObject({
  kind: z.enum(["model", "dataset"]),
  name: z.string(),
  /** Absolute. */
  file: z.string(),
  /** Of the file's content: a run resumes only with the file that it began with. */
  digest: z.string(),
});

export type Extension = z.infer<typeof extensionSchema>;

/** What was typed: --model name=./file.js */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

/** @throws UsageError for a file that cannot be read. */
export async function describeExtension(kind: Extension["kind"], given: NamedFile): Promise<Extension> {
  const file = resolve(given.file);
  const content = await readFile(file).catch((error: Error) => {
    throw new UsageError(`--${kind} ${given.name}: expected a file, received ${file} (${error.message})`);
  });
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return { kind, name: given.name, file, digest };
}

/** For messages: --model mine=file.js */
export function shownExtension({ kind, name, file }: Extension): string {
  return `--${kind} ${name}=${basename(file)}`;
}
