import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { largestBytes, readDataFile } from "@invertible/datasets/node";
import { z } from "zod";
import { UsageError } from "../../cli/usage-error.ts";

/** An entry of the catalogue that the command line brings: a module of somebody else's, or files of examples. */
export const extensionSchema = z.strictObject({
  kind: z.enum(["model", "dataset", "data"]),
  name: z.string(),
  /** Absolute. */
  file: z.string(),
  /** Of its content: a run resumes only with what it began with. */
  digest: z.string(),
});

export type Extension = z.infer<typeof extensionSchema>;

/** What was typed: --model name=./file.js */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

/** @throws UsageError for a path that cannot be read. */
export async function describeExtension(kind: Extension["kind"], given: NamedFile): Promise<Extension> {
  const file = resolve(given.file);
  const digest = await digestOf(file).catch((error: Error) => {
    throw new UsageError(
      `--${kind} ${given.name}: expected ${kind === "data" ? "a folder or a file" : "a file"}, received ${file} (${error.message})`,
    );
  });
  return { kind, name: given.name, file, digest };
}

/** Of a file, or of the names and contents of a folder's files. */
async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  if ((await stat(path)).isDirectory()) {
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && dataFile.test(entry.name))
      .map(({ name }) => name);
    for (const name of names.sort()) hash.update(name).update(await read(join(path, name)));
  } else hash.update(await read(path));
  return hash.digest("hex").slice(0, 16);
}

const read = (path: string) => readDataFile(path, path, { largestBytes });

/** What a folder of data may hold beside is not read. */
const dataFile = /(\.npy|\.csv|-ubyte|-ubyte\.gz)$/;

/** For messages: --model mine=file.js */
export function shownExtension({ kind, name, file }: Extension): string {
  return kind === "data" ? `--data ${basename(file)}` : `--${kind} ${name}=${basename(file)}`;
}
