/** One class per kind of error; `is()` also recognises errors thrown by another copy of a package. */
abstract class DatasetsError extends Error {
  protected abstract readonly kind: string;
}

function hasKind(error: unknown, kind: string): boolean {
  return error instanceof Error && (error as { kind?: unknown }).kind === kind;
}

/** An argument or option outside its range. `ArgumentError.is` of @invertible/ops recognises it too. */
export class ArgumentError extends DatasetsError {
  override readonly name = "ArgumentError";
  protected readonly kind = "invertible/argument";
  static is(error: unknown): error is ArgumentError {
    return hasKind(error, "invertible/argument");
  }
}

/** A missing, unreadable, damaged or unexpected file. Message: `<where>: <file>: expected <..>, received <..>`. */
export class DataFileError extends DatasetsError {
  override readonly name = "DataFileError";
  protected readonly kind = "invertible/data-file";
  static is(error: unknown): error is DataFileError {
    return hasKind(error, "invertible/data-file");
  }
}

/** No mirror delivered a file. The message has one reason for each mirror. */
export class DownloadError extends DatasetsError {
  override readonly name = "DownloadError";
  protected readonly kind = "invertible/download";
  static is(error: unknown): error is DownloadError {
    return hasKind(error, "invertible/download");
  }
}

/** @throws ArgumentError `<where>: expected <expected>, received <received>`. */
export function fail(where: string, expected: string, received: unknown): never {
  const shown = typeof received === "string" ? JSON.stringify(received) : String(received);
  throw new ArgumentError(`${where}: expected ${expected}, received ${shown}`);
}
