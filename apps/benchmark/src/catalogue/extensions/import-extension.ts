import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { UsageError } from "../../cli/usage-error.ts";
import { shownExtension } from "./extension.ts";
import type { Extension } from "./extension.ts";

/**
 * Gives a module from anywhere, and all that it imports, the packages of this repository, also where other copies are
 * installed beside it: then one copy of TensorFlow.js runs, and the versions in the results are those that computed them. A
 * package that neither the benchmark nor its residual blocks have is looked for in the usual way. This runs in Node's thread for loaders, hence as
 * text.
 */
const resolveHook = `
let homes;
export async function initialize(data) { homes = data.homes; }
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith("@invertible/")) return next(specifier, context);
  // Kept here: Node writes what is passed on into the context itself.
  const { parentURL } = context;
  for (const home of homes)
    try {
      return await next(specifier, { ...context, parentURL: home });
    } catch {}
  return next(specifier, { ...context, parentURL });
}`;

let hooked = false;

function shareOurPackages(): void {
  if (hooked) return;
  // Layers import packages that the benchmark has only through others: the errors, and the operators of bounded norm.
  const homes = [import.meta.url, import.meta.resolve("@invertible/residual")];
  register(`data:text/javascript,${encodeURIComponent(resolveHook)}`, { data: { homes } });
  hooked = true;
}

/**
 * The entry that a module exports: its default export, or the only object it exports.
 * @throws UsageError for a module that cannot be loaded or exports no entry.
 */
export async function importExtension(extension: Extension): Promise<Readonly<Record<string, unknown>>> {
  const where = shownExtension(extension);
  shareOurPackages();
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(extension.file).href)) as typeof module;
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
