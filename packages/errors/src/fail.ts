import { ArgumentError, FileFormatError } from "./errors.ts";

/** @throws ArgumentError `<where>: expected <expected>, received <received>`. */
export function fail(where: string, expected: string, received: unknown): never {
  throw new ArgumentError(`${where}: expected ${expected}, received ${show(received)}`);
}

/** `fail` for the contents of a file. @throws FileFormatError `<where>: expected <expected>, received <received>`. */
export function failFormat(where: string, expected: string, received: unknown, cause?: unknown): never {
  throw new FileFormatError(
    `${where}: expected ${expected}, received ${show(received)}`,
    cause === undefined ? undefined : { cause },
  );
}

const longestExcerpt = 120;

/** What was received may be a whole file: a message quotes its beginning only. */
function show(value: unknown): string {
  const text = textOf(value);
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}...` : text;
}

function textOf(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "an object"; // A circle, or a `toJSON` that throws.
  }
}
