import { ArgumentError, FileFormatError } from "./errors.ts";

/**
 * Reports an argument or option that is outside its range. Never returns.
 *
 * @throws ArgumentError `<where>: expected <expected>, received <received>`.
 */
export function fail(where: string, expected: string, received: unknown): never {
  throw new ArgumentError(`${where}: expected ${expected}, received ${show(received)}`);
}

/**
 * Does what `fail` does, for the contents of a file. Never returns.
 *
 * @throws FileFormatError `<where>: expected <expected>, received <received>`.
 */
export function failFormat(where: string, expected: string, received: unknown, cause?: unknown): never {
  throw new FileFormatError(
    `${where}: expected ${expected}, received ${show(received)}`,
    cause === undefined ? undefined : { cause },
  );
}

const longestExcerpt = 120;

/** The value as text. It may be a whole file, so a message quotes only its beginning. */
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
    return "an object"; // The value refers to itself, or its `toJSON` throws.
  }
}
