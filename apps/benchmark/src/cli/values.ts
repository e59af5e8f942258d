import type { NamedFile } from "../catalogue/extensions/extension.ts";
import { failUsage } from "./usage-error.ts";

/** One of `known`; the error lists them. */
export function oneOf<Name extends string>(option: string, known: readonly Name[], text: string): Name {
  const found = known.find((name) => name === text);
  return found ?? failUsage(option, `one of ${known.join(", ")}`, text);
}

/** Comma-separated names, each once, in the order given. Which names there are is known only with the catalogue. */
export function names(option: string, text: string): string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.includes("")) failUsage(option, "names, comma-separated", text);
  const repeated = found.find((name, i) => found.indexOf(name) !== i);
  if (repeated !== undefined) failUsage(option, "each name once", text);
  return found;
}

/** name=file, as --model and --dataset take it. */
export function namedFile(option: string, text: string): NamedFile {
  const [, name, file] = /^([a-z0-9][a-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined || name === "all")
    failUsage(option, "name=file, the name in lower-case letters, digits and hyphens", text);
  return { name, file };
}

/** As `names`, but among `known`. */
export function someOf<Name extends string>(option: string, known: readonly Name[], text: string): Name[] {
  return names(option, text).map(
    (name) => known.find((k) => k === name) ?? failUsage(option, `names among ${known.join(", ")}`, name),
  );
}

/** A whole number in [low, high], written in decimal digits. */
export function wholeNumber(option: string, low: number, high: number, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    failUsage(option, `a whole number from ${low} to ${high}`, text);
  return value;
}
