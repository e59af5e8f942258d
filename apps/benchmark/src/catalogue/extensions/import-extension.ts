import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { UsageError } from "../../cli/usage-error.ts";
import { shownExtension } from "./extension.ts";
import type { Extension } from "./extension.ts";

/**
 * Lets a module from anywhere import the packages of this repository. Whatever lies beside it, the file itself gets the
 * benchmark's own copies: tensors of two copies of TensorFlow.js do not mix. This runs in Node's thread for loaders,
 * hence as text.
 */
const resolveHook = `
let home, file;
export async function initialize(data) { ({ home, file } = data); }
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith("@invertible/")) return next(specifier, context);
  const atHome = { ...context, parentURL: home };
  if (context.parentURL === file) return next(specifier, atHome);
  try {
    return await next(specifier, context);
  } catch {
    return next(specifier, atHome);
  }
}`;

/**
 * The entry that a module exports: its default export, or the only object it exports.
 * @throws UsageError for a module that cannot be loaded or exports no entry.
 */
export async function importExtension(extension: Extension): Promise<Readonly<Record<string, unknown>>> {
  const where = shownExtension(extension);
  const file = pathToFileURL(extension.file).href;
  register(`data:text/javascript,${encodeURIComponent(resolveHook)}`, {
    data: { home: import.meta.url, file },
  });
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(file)) as typeof module;
  } catch (error) {
    const [reason] = String((error as Error).message).split("\n");
    throw new UsageError(`${where}: expected a module that can be loaded, received an error: ${reason}`);
  }
  const objects = Object.values(module).filter((value) => typeof value === "object" && value !== null);
  const entry = module["default"] ?? (objects.length === 1 ? objects[0] : undefined);
  if (typeof entry !== "object" || entry === null)
    throw new UsageError(
      `${where}: expected a module that exports one entry, or has a default export, received exports ${Object.keys(module).join(", ") || "none"}`,
    );
  return entry as Readonly<Record<string, unknown>>;
}
