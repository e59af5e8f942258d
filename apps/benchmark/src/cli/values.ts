import { failUsage } from "./usage-error.ts";

/** One of `known`; the error lists them. */
export function oneOf<Name extends string>(option: string, known: readonly Name[], text: string): Name {
  const found = known.find((name) => name === text);
  return found ?? failUsage(option, `one of ${known.join(", ")}`, text);
}

/** Comma-separated names among `known`, each once, in the order given. */
export function someOf<Name extends string>(option: string, known: readonly Name[], text: string): Name[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .map(
      (name) => known.find((k) => k === name) ?? failUsage(option, `names among ${known.join(", ")}`, name),
    );
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) failUsage(option, "each name once", text);
  return names;
}

/** A whole number in [low, high], written in decimal digits. */
export function wholeNumber(option: string, low: number, high: number, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high)
    failUsage(option, `a whole number from ${low} to ${high}`, text);
  return value;
}
