/** A file that is not what it claims to be. Message: `<where>: expected <...>, received <...>`. */
export class FileFormatError extends Error {
  override readonly name = "FileFormatError";
  protected readonly kind = "invertible/file-format";
  /** Also recognises errors thrown by another copy of this package, where `instanceof` fails. */
  static is(error: unknown): error is FileFormatError {
    return error instanceof Error && (error as { kind?: unknown }).kind === "invertible/file-format";
  }
}

/** @throws FileFormatError `<where>: expected <expected>, received <received>`. */
export function reject(where: string, expected: string, received: unknown, cause?: unknown): never {
  throw new FileFormatError(
    `${where}: expected ${expected}, received ${show(received)}`,
    cause === undefined ? undefined : { cause },
  );
}

const longestExcerpt = 120;

/** File contents are untrusted and may be long: errors quote the beginning only. */
function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}...` : text;
}
