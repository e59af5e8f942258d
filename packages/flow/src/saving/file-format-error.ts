/** Thrown for a file that is not what it claims to be. The message is `<where>: expected <...>, received <...>`. */
export class FileFormatError extends Error {
  /** The name of the class, for stack traces. */
  override readonly name = "FileFormatError";
  /** Identifies the class across copies of this package. */
  protected readonly kind = "invertible/file-format";
  /**
   * Whether an error is a FileFormatError. Also true for one thrown by another copy of this package, where `instanceof` fails.
   */
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

/** Writes a value for an error message. File contents are not trusted and may be long, so only their beginning is quoted. */
function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}...` : text;
}
