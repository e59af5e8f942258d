import { InvertibleError, hasKind } from "@invertible/errors";

/** A missing, unreadable, damaged or unexpected file. Message: `<where>: <file>: expected <..>, received <..>`. */
export class DataFileError extends InvertibleError {
  override readonly name = "DataFileError";
  protected readonly kind = "invertible/data-file";
  static is(error: unknown): error is DataFileError {
    return hasKind(error, "invertible/data-file");
  }
}

/** No mirror delivered a file. The message has one reason for each mirror. */
export class DownloadError extends InvertibleError {
  override readonly name = "DownloadError";
  protected readonly kind = "invertible/download";
  static is(error: unknown): error is DownloadError {
    return hasKind(error, "invertible/download");
  }
}
