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

/** Comma-separated numbers in (above, most], each once. */
export function numbers(
  option: string,
  { above, most, whole = false }: { readonly above: number; readonly most: number; readonly whole?: boolean },
  text: string,
): [number, ...number[]] {
  const [first, ...others] = names(option, text).map((part) => {
    const value = Number(part);
    if (!Number.isFinite(value) || value <= above || value > most || (whole && !Number.isInteger(value)))
      failUsage(option, `${whole ? "whole numbers" : "numbers"} above ${above}, at most ${most}`, part);
    return value;
  });
  return [first!, ...others];
}

/** How long to train, in one of two ways. */
export type Budget = { readonly steps: number } | { readonly budgetSeconds: number };

const secondsIn = { s: 1, m: 60, h: 3600 } as const;
/** A week. */
const mostSeconds = 7 * 24 * 3600;
const mostSteps = 1e7;

/** 90s, 6m or 2h, or 5000steps. */
export function budget(option: string, text: string): Budget {
  const [, digits, unit] = /^(\d+)(s|m|h|steps)$/.exec(text) ?? [];
  const amount = Number(digits);
  if (unit === "steps" && amount >= 1 && amount <= mostSteps) return { steps: amount };
  const seconds =
    unit === undefined || unit === "steps" ? NaN : amount * secondsIn[unit as keyof typeof secondsIn];
  if (seconds >= 1 && seconds <= mostSeconds) return { budgetSeconds: seconds };
  return failUsage(
    option,
    `a time from 1s to ${mostSeconds / 3600}h such as 90s, 6m or 2h, or steps such as 5000steps`,
    text,
  );
}
