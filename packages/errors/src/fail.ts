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
  if (value instanceof Promise) return "a promise; await it first";
  if (typeof value === "function") return "a function";
  const { constructor } = Object(value) as { constructor?: { name?: unknown } };
  // The fields of a tensor or an optimiser tell a reader less than its class.
  if (
    typeof value === "object" &&
    value !== null &&
    ![Object, Array, undefined].includes(constructor as never)
  )
    return `an object of class ${String(constructor?.name)}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "an object"; // It contains itself, or has a `toJSON` that throws.
  }
}
